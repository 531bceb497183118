"""Metrics image by image: what each image adds to the score of a model.

The mean over the images is the metric itself; the variance of the mean over samples of
images, and its covariance between models, are those of the metric. For an accuracy that
is whether an image is predicted right. Metrics that are no means are linearized: the
values are those of the delta method, and for the area under the ROC curve the
structural components of DeLong.

References: Efron & Tibshirani 1993, "An introduction to the bootstrap"; DeLong et al.
1988, "Comparing the areas under two or more correlated receiver operating
characteristic curves".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.metrics.scores import (
    balanced_accuracy,
    confusion,
    log_losses,
    macro_f1,
    midranks,
    roc_auc,
    scored_classes,
)
from bench.records import task_types


def image_scores(
    metric: task_types.Metric, probabilities: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """What each image adds to a metric that can rank classifiers, ``(n,)``.

    Args:
        metric: One of ``task_types.RANKING_METRICS``.
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
    """
    return _OF_IMAGES[metric.name](probabilities, labels)


def rate_images(metric: task_types.Metric, labels: np.ndarray) -> float | None:
    """Number of images that tell as much of an accuracy as these do of a metric.

    A mean over classes is as uncertain as its smallest classes. None for a metric that
    isn't bounded by 0 and 1.
    """
    if metric.bounds != (0.0, 1.0):
        return None
    if metric.name == task_types.ACCURACY.name:
        return float(len(labels))
    _, counts = np.unique(labels, return_counts=True)
    return float(len(counts) ** 2 / (1 / counts).sum())


def _right(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    right: np.ndarray = probabilities.argmax(axis=1) == labels
    return right.astype(np.float64)


def _recalls(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    right, _, actual = confusion(probabilities, labels)
    recall = right / np.maximum(actual, 1)
    weight = len(labels) / (np.count_nonzero(actual) * np.maximum(actual, 1))
    moves = weight[labels] * (_right(probabilities, labels) - recall[labels])
    values: np.ndarray = balanced_accuracy(probabilities, labels) + moves
    return values


def _f1(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    n, predicted = len(labels), probabilities.argmax(axis=1)
    right, as_predicted, actual = confusion(probabilities, labels)
    either = np.maximum(as_predicted + actual, 1) / n
    f1 = 2 * right / n / either
    # F1 is twice the share of right images by the sum of two shares: an image moves
    # the first by being right, and the second by its label and by its prediction.
    moves = 2 * _right(probabilities, labels) / either[labels]
    moves -= f1[labels] / either[labels] + f1[predicted] / either[predicted]
    moves /= np.count_nonzero(as_predicted + actual)
    values: np.ndarray = macro_f1(probabilities, labels) + moves
    return values


def _components(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    moves, curves = np.zeros(len(labels)), 0
    for index in scored_classes(probabilities.shape[1]):
        scores, of_class = probabilities[:, index], labels == index
        positive, negative = scores[of_class], scores[~of_class]
        if not len(positive) or not len(negative):
            continue
        ranks = midranks(scores)
        of_positive = (ranks[of_class] - midranks(positive)) / len(negative)
        of_negative = 1 - (ranks[~of_class] - midranks(negative)) / len(positive)
        area = of_positive.mean()
        moves[of_class] += len(labels) / len(positive) * (of_positive - area)
        moves[~of_class] += len(labels) / len(negative) * (of_negative - area)
        curves += 1
    return roc_auc(probabilities, labels) + moves / max(1, curves)


_OF_IMAGES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    task_types.ACCURACY.name: _right,
    task_types.LOG_LOSS.name: log_losses,
    task_types.BALANCED_ACCURACY.name: _recalls,
    task_types.MACRO_F1.name: _f1,
    task_types.ROC_AUC.name: _components,
}
