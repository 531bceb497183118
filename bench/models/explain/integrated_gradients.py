"""Integrated gradients: what each pixel adds to the probability of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from bench.models.explain.gradients import gradients

STEPS = 64
"""Number of images on the way from the empty image to the one that is explained."""

BATCH = 32
"""Number of them that the model processes at a time."""


def integrated_gradients(
    model: keras.Model,
    images: np.ndarray,
    classes: np.ndarray,
    *,
    baseline: float,
) -> np.ndarray:
    """Integrate the gradients of a class's probability from an empty image on.

    Args:
        model: A classifier.
        images: ``(n, height, width, channels)``, ``float32``.
        classes: ``(n,)``, the class of each image that is to be explained.
        baseline: Pixel of the empty image, such as the lowest of the pixel range.

    Returns:
        ``(n, height, width)``; the sum over an image is its probability less that of
        the empty image, but for what the finite number of steps leaves out: see
        ``gap``.

    Reference: Sundararajan et al. 2017, "Axiomatic attribution for deep networks".
    """
    wanted = np.eye(model.output_shape[-1], dtype="float32")

    def mean_gradient(image: np.ndarray, label: int) -> np.ndarray:
        def probability(tensor: Any) -> Any:
            return ops.sum(model(tensor, training=False) * wanted[label], axis=-1)

        shares = (np.arange(STEPS, dtype="float32") + 0.5) / STEPS
        way = baseline + shares[:, None, None, None] * (image - np.float32(baseline))
        parts = np.split(way.astype("float32"), STEPS // BATCH)
        steps = np.concatenate([gradients(probability, part) for part in parts])
        mean: np.ndarray = steps.mean(axis=0)
        return mean

    gradient = np.stack(
        [mean_gradient(i, label) for i, label in zip(images, classes, strict=True)]
    )
    attributions: np.ndarray = ((images - baseline) * gradient).sum(axis=-1)
    return attributions


def gap(
    models: Sequence[keras.Model],
    images: np.ndarray,
    classes: np.ndarray,
    attributions: np.ndarray,
    baseline: float,
) -> float:
    """The largest error of integrated gradients, as a difference of probabilities.

    The gradients of a deep network may change more often on the way than there are
    steps.

    Args:
        models: Classifiers.
        images: ``(n, height, width, channels)``.
        classes: ``(n,)``.
        attributions: The mean over the models, ``(n, height, width)``.
        baseline: Pixel of the empty image.
    """
    empty = np.full_like(images[:1], baseline, dtype="float32")
    own = np.arange(len(images)), classes
    gains = [
        model.predict(images, verbose=0)[own]
        - model.predict(empty, verbose=0)[0, classes]
        for model in models
    ]
    sums = attributions.sum(axis=(1, 2))
    return float(np.abs(np.mean(gains, axis=0) - sums).max())
