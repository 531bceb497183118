"""The layers of a model, those of the networks inside it too, and hooks on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from bench.errors import UsageError, unknown

MIN_SIDE = 2
"""Minimum height and width of the maps of a layer that says where something is."""

_CONVOLUTIONS = (
    keras.layers.Conv2D,  # and its subclasses, the transposed one among them
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)

Hook = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
"""Takes what a layer would do, and its arguments; returns the output of the layer."""


def operations(model: keras.Model) -> list[Any]:
    """All layers and operations of a model in the order of its graph.

    Models inside the model are replaced by their own layers. Only their authors know
    in which order subclassed models call their layers, so these stay as they are.
    """
    if isinstance(model, keras.Sequential):
        own = model.layers
    else:
        own = getattr(model, "operations", [])
    if not own:
        return [model]
    return [
        part
        for operation in own
        for part in (
            operations(operation) if isinstance(operation, keras.Model) else [operation]
        )
    ]


def has_convolutions(model: keras.Model) -> bool:
    """Whether the maps of a model's convolutions show where something is.

    A transformer has a convolution too, which cuts the image into patches; what it
    sees is mixed by attention later.
    """
    layers = operations(model)
    attends = any(isinstance(x, keras.layers.MultiHeadAttention) for x in layers)
    return not attends and bool(_spatial_convolutions(layers))


def averages_after(model: keras.Model, layer: Any) -> bool:
    """Whether later layers see the means of a layer's maps, and no positions."""
    layers = operations(model)
    after = layers[layers.index(layer) :]
    return any(isinstance(x, keras.layers.GlobalAveragePooling2D) for x in after)


def find_layer(model: keras.Model, name: str | None) -> Any:
    """The layer whose maps Grad-CAM weights.

    Args:
        model: A functional model.
        name: Name of the layer; None for the last one that has maps of the size of
            the last convolution's, such as the activation after it.

    Raises:
        UsageError: No layer has the name, or the layer has no maps.
    """
    layers = operations(model)
    if name is None:
        return _last_with_maps(layers)
    named = [layer for layer in layers if layer.name == name]
    spatial = [layer.name for layer in layers if _is_spatial(layer)]
    if not named:
        listing = f"layers with maps: {', '.join(spatial)}"
        raise UsageError(unknown("layer", name, spatial, listing))
    if not _is_spatial(named[-1]):
        raise UsageError(
            f"--layer names a layer with maps (height, width, channels); {name!r} "
            f"has {named[-1].output.shape[1:]}: choose one of {', '.join(spatial)}"
        )
    return named[-1]


def _last_with_maps(layers: list[Any]) -> Any:
    convolutions = _spatial_convolutions(layers)
    if not convolutions:
        raise UsageError(
            "grad-cam and hires-cam take a model with a convolution whose maps have "
            "more than one position; this one has none: choose --method "
            "integrated-gradients or occlusion"
        )
    last = convolutions[-1]
    size = last.output.shape[1:3]
    after = layers[layers.index(last) :]
    return [x for x in after if _is_spatial(x) and x.output.shape[1:3] == size][-1]


def _spatial_convolutions(layers: list[Any]) -> list[Any]:
    return [x for x in layers if isinstance(x, _CONVOLUTIONS) and _is_spatial(x)]


def _is_spatial(layer: Any) -> bool:
    if isinstance(layer, keras.layers.InputLayer):
        return False
    shape = getattr(layer.output, "shape", ())
    return len(shape) == 4 and min(shape[1:3]) >= MIN_SIDE


@contextmanager
def hooked(layer: Any, hook: Hook) -> Iterator[None]:
    """Let a hook stand in for what a layer does, in all models that hold the layer.

    A hook reaches a layer in the middle of any graph, skip connections and models
    within models included, which no model cut at that layer would.
    """
    usual = layer.call

    def call(*args: Any, **kwargs: Any) -> Any:
        return hook(usual, args, kwargs)

    layer.call = call
    try:
        yield
    finally:
        del layer.call
