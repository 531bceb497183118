"""Maps of what speaks for a class: of one model, or the mean of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
from keras import ops

from bench.models.explain import layers
from bench.models.explain.activation_maps import activation_maps
from bench.models.explain.class_scores import class_scores
from bench.models.explain.integrated_gradients import gap, integrated_gradients
from bench.models.explain.methods import (
    GRAD_CAM,
    HIRES_CAM,
    INTEGRATED,
    OCCLUSION,
    check,
)
from bench.models.explain.occlusion import occlusion

BATCH = 32
"""Number of images that a model processes at a time."""

_Explainer = Callable[[keras.Model, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Maps:
    """Where images speak for a class.

    Attributes:
        values: ``(n, height, width)``, ``float32``; positive where a pixel speaks for
            the class, negative where it speaks against it. Grad-CAM and
            HiResCAM leave out what speaks against it.
        classes: ``(n,)``, the classes that are explained.
        method: A key of ``METHODS``.
        layer: Name of the layer whose maps are weighted, else empty.
        measured: Name of the number whose causes the maps show.
        gap: For integrated gradients, the largest difference between the sum of a map
            and the change of the probability, to which it should be equal.
    """

    values: np.ndarray
    classes: np.ndarray
    method: str
    layer: str
    measured: str
    gap: float = 0.0


def explain(
    models: Sequence[keras.Model],
    images: np.ndarray,
    classes: np.ndarray,
    *,
    method: str | None = None,
    layer: str | None = None,
    baseline: float = 0.0,
) -> Maps:
    """Explain classes of images by the mean map of several models.

    Args:
        models: Functional classifiers of one structure that take raw pixels and return
            probabilities ``(n, classes)``.
        images: ``(n, height, width, channels)``.
        classes: ``(n,)``, the class of each image that is to be explained.
        method: A key of ``METHODS``; None for ``default_method``.
        layer: Name of the layer of the first model whose maps are weighted; None for
            the last one with the maps of a convolution.
        baseline: Pixel of the empty image from which gradients are integrated, such as
            the lowest of the pixel range.

    Raises:
        UsageError: The method or the layer is unknown, or doesn't fit the models.
    """
    check(method, layer)
    method = method or default_method(models[0], layer)
    explainer, layer_name, measured = _explainer(method, models[0], layer, baseline)
    of_models = [_in_batches(partial(explainer, m), images, classes) for m in models]
    values = np.mean(of_models, axis=0, dtype="float32")
    is_sum = method == INTEGRATED
    return Maps(
        values=values,
        classes=classes,
        method=method,
        layer=layer_name,
        measured=measured,
        gap=gap(models, images, classes, values, baseline) if is_sum else 0.0,
    )


def default_method(model: keras.Model, layer: str | None = None) -> str:
    """Grad-CAM for a model with convolutions whose maps are averaged at the end.

    If later layers see positions, it is HiResCAM; without convolutions, integrated
    gradients.
    """
    if layer is None and not layers.has_convolutions(model):
        return INTEGRATED
    chosen = layers.find_layer(model, layer)
    return GRAD_CAM if layers.averages_after(model, chosen) else HIRES_CAM


def _explainer(
    method: str, model: keras.Model, layer: str | None, baseline: float
) -> tuple[_Explainer, str, str]:
    """How one model is explained, the layer that is used, and what is measured."""
    if method == OCCLUSION:
        return _occlusion, "", "probability"
    if method == INTEGRATED:
        return partial(integrated_gradients, baseline=baseline), "", "probability"
    chosen = layers.find_layer(model, layer)
    # Models of other seeds may give their layers other names.
    position = layers.operations(model).index(chosen)
    explainer = partial(_cam, position=position, is_averaged=method == GRAD_CAM)
    with class_scores(model) as scores:
        return explainer, chosen.name, scores.name


def _cam(
    model: keras.Model,
    images: np.ndarray,
    classes: np.ndarray,
    *,
    position: int,
    is_averaged: bool,
) -> np.ndarray:
    layer = layers.operations(model)[position]
    return activation_maps(model, layer, images, classes, is_averaged=is_averaged)


def _occlusion(
    model: keras.Model, images: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    def probabilities(images: np.ndarray) -> np.ndarray:
        # By a call: ``predict`` takes a fifth of a second before it begins.
        return np.asarray(ops.convert_to_numpy(model(images, training=False)))

    return occlusion(probabilities, images, classes)


def _in_batches(
    explainer: Callable[[np.ndarray, np.ndarray], np.ndarray],
    images: np.ndarray,
    classes: np.ndarray,
) -> np.ndarray:
    starts = range(0, len(images), BATCH)
    parts = [slice(start, start + BATCH) for start in starts]
    return np.concatenate(
        [explainer(images[p].astype("float32"), classes[p]) for p in parts]
    )
