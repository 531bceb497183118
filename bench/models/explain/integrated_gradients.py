"""Integrated gradients: what each pixel adds to the probability of a class."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from bench.models.explain.gradients import gradients

STEPS = 64
"""Number of images on the way from the baseline to the image."""


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
        the empty image, but for what the finite number of steps leaves out.

    Reference: Sundararajan et al. 2017, "Axiomatic attribution for deep networks".
    """
    distances = images - baseline
    wanted = np.eye(model.output_shape[-1], dtype="float32")[classes]

    def probability(tensor: Any) -> Any:
        return ops.sum(model(tensor, training=False) * wanted, axis=-1)

    total = np.zeros_like(images)
    for step in range(STEPS):
        share = (step + 0.5) / STEPS
        total += gradients(probability, baseline + share * distances)
    attributions: np.ndarray = (distances * total / STEPS).sum(axis=-1)
    return attributions
