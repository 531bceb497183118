"""Describes the layers of a network: shapes, parameters and multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras

from bench.records import LayerRecord, NetworkRecord
from bench.records.network import total
from bench.training.private_api import feeding_layers
from search_spaces.parts.layers import Positions, ScaleChannels

_NO_KERNELS = (
    keras.layers.BatchNormalization,
    keras.layers.Embedding,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    Positions,
    ScaleChannels,
)
"""Layers with weights whose few operations a value don't count."""


def network_record(model: keras.Model) -> NetworkRecord:
    """Describe a model with all models that are nested in it."""
    return NetworkRecord(layers=tuple(_layers(model, 0)))


def _layers(model: keras.Model, depth: int) -> Iterator[LayerRecord]:
    for layer in model.layers:
        is_model = isinstance(layer, keras.Model)
        nested = list(_layers(layer, depth + 1)) if is_model else []
        counts = [inner.multiply_adds for inner in nested if inner.depth == depth + 1]
        yield LayerRecord(
            name=layer.name,
            type=type(layer).__name__,
            shape=_shape(layer, "output"),
            parameters=sum(math.prod(weight.shape) for weight in layer.weights),
            multiply_adds=total(counts) if is_model else multiply_adds(layer),
            inputs=tuple(feeding_layers(layer)),
            depth=depth,
            is_model=is_model,
        )
        yield from nested


def multiply_adds(layer: keras.layers.Layer) -> int | None:
    """Multiplications of a layer's kernels for one image, each with an addition.

    What normalization, activations, pooling and sums add does not count, as in the
    figures of papers.

    Returns:
        None if the layer has weights of an unknown use, or sides of any length.
    """
    holds_settings = hasattr(layer, "free")  # as weights, such as a dropout rate
    if not layer.weights or holds_settings or isinstance(layer, _NO_KERNELS):
        return 0
    inputs, outputs = _shape(layer, "input"), _shape(layer, "output")
    if inputs is None or outputs is None or None in (*inputs, *outputs):
        return None
    for kind, count in _COUNTS:
        if isinstance(layer, kind):
            return count(layer, inputs, outputs)
    return None


def _dense(layer: Any, inputs: Any, outputs: Any) -> int:
    return int(math.prod(layer.kernel.shape) * math.prod(outputs[:-1]))


def _convolution(layer: Any, inputs: Any, outputs: Any) -> int:
    return int(math.prod(layer.kernel.shape) * math.prod(_positions(layer, outputs)))


def _transposed(layer: Any, inputs: Any, outputs: Any) -> int:
    return int(math.prod(layer.kernel.shape) * math.prod(_positions(layer, inputs)))


def _separable(layer: Any, inputs: Any, outputs: Any) -> int:
    kernels = (layer.depthwise_kernel, layer.pointwise_kernel)
    weights = sum(math.prod(kernel.shape) for kernel in kernels)
    return int(weights * math.prod(_positions(layer, outputs)))


def _attention(layer: Any, inputs: Any, outputs: Any) -> int | None:
    """Projections at every position, and two products of all pairs of positions.

    For attention of a sequence to itself.
    """
    if len(outputs) != 2:
        return None
    length = outputs[0]
    kernels = [w for w in layer.weights if w.path.endswith("kernel")]
    projections = length * sum(math.prod(kernel.shape) for kernel in kernels)
    width = layer.num_heads * (layer.key_dim + layer.value_dim)
    return int(projections + length**2 * width)


def _einsum(layer: Any, inputs: Any, outputs: Any) -> int | None:
    """One product for every combination of the equation's indices."""
    of_inputs, of_kernel = layer.equation.partition("->")[0].split(",")
    if "." in layer.equation:
        return None
    sizes = dict(zip(of_inputs, (1, *inputs), strict=True))
    return math.prod(
        (sizes | dict(zip(of_kernel, layer.kernel.shape, strict=True))).values()
    )


_COUNTS: tuple[tuple[Any, Callable[[Any, Any, Any], int | None]], ...] = (
    (keras.layers.Dense, _dense),
    (keras.layers.EinsumDense, _einsum),
    (keras.layers.MultiHeadAttention, _attention),
    ((keras.layers.SeparableConv1D, keras.layers.SeparableConv2D), _separable),
    ((keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose), _transposed),
    (
        (
            keras.layers.Conv1D,
            keras.layers.Conv2D,
            keras.layers.DepthwiseConv1D,
            keras.layers.DepthwiseConv2D,
        ),
        _convolution,
    ),
)


def _positions(layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The sides of an image, or the length of a sequence."""
    return shape[1:] if layer.data_format == "channels_first" else shape[:-1]


def _shape(layer: keras.layers.Layer, which: str) -> tuple[int | None, ...] | None:
    """Shape of a layer's first input or its output, without the batch."""
    try:
        tensors = keras.tree.flatten(getattr(layer, which))
    except (AttributeError, ValueError):  # it is called several times, or never
        return None
    shape = getattr(tensors[0], "shape", None) if tensors else None
    return None if shape is None else tuple(shape[1:])
