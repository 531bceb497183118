"""How far probabilities can be believed, and how they are mended.

References: Brier 1950, "Verification of forecasts expressed in terms of probability";
Guo et al. 2017, "On calibration of modern neural networks".
"""

from __future__ import annotations

import math

import numpy as np

BINS = 15
"""Bins of equal width of the calibration error, as Guo et al. have them."""

_LOG_TEMPERATURES = (-4.0, 4.0)
"""Bounds of the logarithm of a temperature."""


def brier_score(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared distance of the probabilities from the true class, in [0, 2].

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
    """
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    squares = (probabilities.astype(np.float64) ** 2).sum(axis=1)
    return float(np.mean(squares - 2 * of_label + 1))


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error of the most probable class, in [0, 1].

    Images are put into ``BINS`` bins by the probability of the predicted class; the
    error is the mean distance between that probability and the share of right
    predictions in a bin, weighted by the images in it.

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
    """
    sure = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=sure - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature whose scaled probabilities have the least log loss.

    It is chosen on validation images, and applied to others by ``scaled``.

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
    """
    from scipy.optimize import minimize_scalar

    logarithms, index = _logarithms(probabilities), np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scores = _softmax(logarithms / math.exp(log_temperature))
        return float(-np.mean(np.log(scores[index, labels] + 1e-12)))

    found = minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return math.exp(float(found.x))


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities ``(n, classes)`` after temperature scaling.

    The logarithms of probabilities are logits up to a constant for each image, which
    the softmax leaves out.
    """
    return _softmax(_logarithms(probabilities) / temperature)


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    logarithms: np.ndarray = np.log(np.maximum(probabilities.astype(np.float64), 1e-7))
    return logarithms


def _softmax(scores: np.ndarray) -> np.ndarray:
    from scipy.special import softmax

    probabilities: np.ndarray = softmax(scores, axis=1)
    return probabilities
