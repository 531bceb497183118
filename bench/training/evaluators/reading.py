"""How the outputs of a classifier become class probabilities."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.special import expit, softmax

_TOLERANCE = 0.01
"""How far probabilities may lie outside of [0, 1], and their sum from 1: half precision
rounds each of them to a thousandth."""


class Reading(StrEnum):
    """How the outputs of a classifier become probabilities; the value is for readers.

    Only the log loss depends on it: the most probable class stays the same.
    """

    PROBABILITIES = "outputs"
    SHARES = "outputs divided by their sum"
    CLIPPED = "outputs clipped to [0, 1]"
    SOFTMAX = "softmax of the outputs"
    SIGMOID = "sigmoid of the outputs"


def reading(outputs: np.ndarray, from_logits: bool) -> Reading:
    """How outputs become probabilities; decided by their values.

    Args:
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
        from_logits: Whether the outputs are known to be logits or other scores.
    """
    tolerance = _TOLERANCE
    is_within = bool(((outputs >= -tolerance) & (outputs <= 1 + tolerance)).all())
    if outputs.shape[1] == 1:
        if from_logits:
            return Reading.SIGMOID
        return Reading.PROBABILITIES if is_within else Reading.CLIPPED
    if from_logits or not is_within:
        return Reading.SOFTMAX
    sums = outputs.astype(np.float64).clip(0).sum(axis=1)
    if (abs(sums - 1) <= tolerance).all():
        return Reading.PROBABILITIES
    return Reading.SHARES if (sums > 0).all() else Reading.SOFTMAX


def normalized(outputs: np.ndarray, from_logits: bool) -> np.ndarray:
    """Turn the outputs of a classifier into class probabilities; see ``Reading``.

    Args:
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
        from_logits: Whether the outputs are known to be logits or other scores.

    Returns:
        ``(n, classes)``; each row sums to 1.
    """
    how = reading(outputs, from_logits)
    outputs = outputs.astype(np.float64)
    if outputs.shape[1] == 1:
        second = expit(outputs) if how is Reading.SIGMOID else outputs.clip(0, 1)
        return np.hstack([1 - second, second])
    if how is Reading.SOFTMAX:
        probabilities: np.ndarray = softmax(outputs, axis=1)
        return probabilities
    shares: np.ndarray = outputs.clip(0) / outputs.clip(0).sum(axis=1, keepdims=True)
    return shares
