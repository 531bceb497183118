"""The metrics of classifiers, from probabilities and labels.

All functions take ``probabilities`` ``(n, classes)``, rows that sum to 1, and
``labels`` ``(n,)``, class indices. scikit-learn has all of them, but checks its inputs
for a millisecond, too long for every epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from bench.metrics.calibration import brier_score, calibration_error
from bench.records import task_types

MIN_PROBABILITY = 1e-7
"""Minimum probability in a log loss; Keras uses the same for its cross-entropies."""


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose most probable class is the true class."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative logarithm of the true class's probability, in nats.

    Probabilities below 1e-7 count as 1e-7, so that the loss is finite.
    """
    return float(np.mean(log_losses(probabilities, labels)))


def log_losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The log loss of each image, ``(n,)``; see ``log_loss``."""
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    losses: np.ndarray = -np.log(np.maximum(of_label, MIN_PROBABILITY))
    return losses


def balanced_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes of the share of their images that is predicted right.

    Classes without an image are left out. Reference: Brodersen et al. 2010, "The
    balanced accuracy and its posterior distribution".
    """
    right, _, actual = confusion(probabilities, labels)
    present = actual > 0
    return float(np.mean(right[present] / actual[present]))


def macro_f1(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes of the harmonic mean of precision and recall.

    Classes that neither occur nor are predicted are left out.
    """
    right, predicted, actual = confusion(probabilities, labels)
    present = predicted + actual > 0
    return float(np.mean(2 * right[present] / (predicted + actual)[present]))


def roc_auc(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: of the second class, if there are two.

    With more classes it is the mean over the classes, each against all others, of
    those that have images on both sides. Reference: Provost & Domingos 2000,
    "Well-trained PETs".
    """
    areas = []
    for index in scored_classes(probabilities.shape[1]):
        of_class = labels == index
        positive, negative = int(of_class.sum()), int((~of_class).sum())
        if positive and negative:
            ranks = midranks(probabilities[:, index])[of_class].sum()
            below = ranks - positive * (positive + 1) / 2
            areas.append(below / (positive * negative))
    return float(np.mean(areas)) if areas else float("nan")


def midranks(values: np.ndarray) -> np.ndarray:
    """Ranks ``(n,)`` from 1 for the lowest value; equal values share their mean rank.

    ``scipy.stats.rankdata`` gives the same, but its import takes longer than a report.
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (counts.cumsum() - (counts - 1) / 2)[inverse]
    return ranks


def scored_classes(classes: int) -> Iterable[int]:
    """Indices of the classes whose ROC curves count."""
    return (1,) if classes == 2 else range(classes)


def confusion(
    probabilities: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each class the images predicted right, predicted, and of the class."""
    classes, predicted = probabilities.shape[1], probabilities.argmax(axis=1)
    return (
        np.bincount(labels[predicted == labels], minlength=classes),
        np.bincount(predicted, minlength=classes),
        np.bincount(labels, minlength=classes),
    )


_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    task_types.ACCURACY.name: accuracy,
    task_types.LOG_LOSS.name: log_loss,
    task_types.BALANCED_ACCURACY.name: balanced_accuracy,
    task_types.MACRO_F1.name: macro_f1,
    task_types.ROC_AUC.name: roc_auc,
    task_types.BRIER.name: brier_score,
    task_types.CALIBRATION_ERROR.name: calibration_error,
}


def score(
    metric: task_types.Metric, probabilities: np.ndarray, labels: np.ndarray
) -> float:
    """A metric of ``task_types.CLASSIFIER_METRICS`` that needs these two alone."""
    return _METRICS[metric.name](probabilities, labels)


def classifier_metrics(
    probabilities: np.ndarray,
    labels: np.ndarray,
    split: str,
    metrics: Iterable[task_types.Metric] | None = None,
) -> dict[str, float]:
    """Metrics, named after the split that they were measured on.

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
        split: ``validation`` or ``test``.
        metrics: Those wanted; None for all that need no other split.
    """
    names = _METRICS if metrics is None else dict.fromkeys(m.name for m in metrics)
    return {f"{split}_{name}": _METRICS[name](probabilities, labels) for name in names}
