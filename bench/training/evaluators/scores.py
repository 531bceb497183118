"""What the probabilities of a classifier are worth."""

from __future__ import annotations

import numpy as np

_SMALLEST_PROBABILITY = 1e-7


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose most probable class is the right one.

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``, class indices.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of minus the logarithm of the right class's probability, in nats.

    Probabilities are clipped from below at 1e-7, as Keras does for its loss.
    """
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.mean(np.log(np.maximum(right, _SMALLEST_PROBABILITY))))


def classification(
    probabilities: np.ndarray, labels: np.ndarray, split: str
) -> dict[str, float]:
    """Accuracy and log loss under the name of the split they were taken on."""
    return {
        f"{split}_accuracy": accuracy(probabilities, labels),
        f"{split}_log_loss": log_loss(probabilities, labels),
    }


def normalized(outputs: np.ndarray, from_logits: bool) -> np.ndarray:
    """Class probabilities from what a model returns.

    Args:
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
        from_logits: Whether they are logits still.

    Returns:
        ``(n, classes)``, rows summing to 1.
    """
    outputs = outputs.astype(np.float64)
    if outputs.shape[1] == 1:
        second = np.exp(-np.logaddexp(0, -outputs)) if from_logits else outputs
        return np.hstack([1 - second, second])
    if from_logits:
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    probabilities: np.ndarray = outputs / outputs.sum(axis=1, keepdims=True)
    return probabilities
