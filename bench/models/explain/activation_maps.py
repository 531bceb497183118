"""Class activation maps: where the maps of a late convolution speak for a class."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from PIL import Image

from bench.errors import UsageError
from bench.models.explain.class_scores import class_scores
from bench.models.explain.gradients import gradients
from bench.models.explain.layers import hooked


def activation_maps(
    model: keras.Model,
    layer: Any,
    images: np.ndarray,
    classes: np.ndarray,
    *,
    is_averaged: bool,
) -> np.ndarray:
    """Weight the maps of a layer by the gradients of a class score.

    Args:
        model: A classifier.
        layer: A layer of it that has maps ``(height, width, channels)``.
        images: ``(n, height, width, channels)``, ``float32``.
        classes: ``(n,)``, the class of each image that is to be explained.
        is_averaged: Weight each map by its mean gradient, as Grad-CAM does. Otherwise
            each position has the weight of its own gradient, as in HiResCAM.

    Returns:
        ``(n, height, width)``, zero where nothing speaks for the class.

    References: Selvaraju et al. 2017, "Grad-CAM"; Draelos & Carin 2020, "HiResCAM". The
    two are equal if the mean of each map is all that later layers see. If these see
    positions, as after a flattening, Grad-CAM may show parts that the model ignores.
    """
    features = _features(model, layer, images)
    weights = _gradients(model, layer, images, classes, features)
    if is_averaged:
        weights = weights.mean(axis=(1, 2), keepdims=True)
    maps = np.maximum((weights * features).sum(axis=-1), 0)
    return np.stack([_resized(one, images.shape[1:3]) for one in maps])


def _gradients(
    model: keras.Model,
    layer: Any,
    images: np.ndarray,
    classes: np.ndarray,
    features: np.ndarray,
) -> np.ndarray:
    """Gradients of class scores with respect to the maps of a layer."""

    def score(change: Any) -> Any:
        def changed(usual: Any, args: Any, kwargs: Any) -> Any:
            maps = usual(*args, **kwargs)
            return maps + keras.ops.cast(change, maps.dtype)

        with hooked(layer, changed), class_scores(model) as scores:
            return scores.of(images, classes)

    # A change of the maps has the gradients of the maps, and is an argument, by which
    # every backend can differentiate.
    return gradients(score, np.zeros_like(features))


def _features(model: keras.Model, layer: Any, images: np.ndarray) -> np.ndarray:
    outputs = []

    def kept(usual: Any, args: Any, kwargs: Any) -> Any:
        outputs.append(usual(*args, **kwargs))
        return outputs[-1]

    with hooked(layer, kept):
        model(images, training=False)
    if len(outputs) != 1:
        raise UsageError(
            f"--layer names a layer that the model uses once; {layer.name!r} is used "
            f"{len(outputs)} times: choose another"
        )
    return np.asarray(ops.convert_to_numpy(outputs[0]), "float32")


def _resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A map interpolated to the height and width of the image."""
    image = Image.fromarray(np.ascontiguousarray(values))
    return np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR))
