"""Scores of class probabilities."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, softmax

_MIN_PROBABILITY = 1e-7
"""Minimum probability in a log loss; Keras uses the same for its cross-entropies."""


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose most probable class is the true class.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class indices, ``(n,)``.
    """
    # scikit-learn checks its inputs for a millisecond, too long for every epoch.
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative logarithm of the true class's probability, in nats.

    Probabilities below 1e-7 count as 1e-7, so that the loss is finite.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class indices, ``(n,)``.
    """
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.mean(np.log(np.maximum(of_label, _MIN_PROBABILITY))))


def classification(
    probabilities: np.ndarray, labels: np.ndarray, split: str
) -> dict[str, float]:
    """Accuracy and log loss, named after the split that they were measured on."""
    return {
        f"{split}_accuracy": accuracy(probabilities, labels),
        f"{split}_log_loss": log_loss(probabilities, labels),
    }


def normalized(outputs: np.ndarray, from_logits: bool) -> np.ndarray:
    """Turn the outputs of a classifier into class probabilities.

    Args:
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
        from_logits: Whether the outputs are logits, rather than probabilities.

    Returns:
        ``(n, classes)``; each row sums to 1.
    """
    outputs = outputs.astype(np.float64)
    if outputs.shape[1] == 1:
        second = expit(outputs) if from_logits else outputs
        return np.hstack([1 - second, second])
    probabilities: np.ndarray = (
        softmax(outputs, axis=1)
        if from_logits
        else outputs / outputs.sum(axis=1, keepdims=True)
    )
    return probabilities
