"""Precision, recall and F1 of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.metrics.scores import confusion


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """How well the images of one class are recognized.

    Attributes:
        images: Number of images of the class.
        precision: Share of the images predicted as this class that belong to it; None
            if none is predicted.
        recall: Share of the images of this class that are predicted as it; None if it
            has none.
        f1: Harmonic mean of the two; None if there is neither.
    """

    images: int
    precision: float | None
    recall: float | None
    f1: float | None


def class_scores(probabilities: np.ndarray, labels: np.ndarray) -> list[ClassScores]:
    """The scores of all classes in the order of their indices.

    Args:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``.
    """
    counts = zip(*confusion(probabilities, labels), strict=True)
    return [
        ClassScores(
            images=int(actual),
            precision=_share(right, predicted),
            recall=_share(right, actual),
            f1=_share(2 * right, predicted + actual),
        )
        for right, predicted, actual in counts
    ]


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
