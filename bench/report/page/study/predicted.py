"""What the models of all seeds predicted for the test images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.records import CLASSIFICATION
from bench.report.page.study.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Predictions of every seed.

    Attributes:
        labels: ``(n,)``, the true classes.
        probabilities: ``(seeds, n, classes)``.
    """

    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def seeds(self) -> int:
        return len(self.probabilities)

    @cached_property
    def classes(self) -> np.ndarray:
        """The predicted classes, ``(seeds, n)``."""
        predicted: np.ndarray = self.probabilities.argmax(axis=2)
        return predicted

    @cached_property
    def confidence(self) -> np.ndarray:
        """Probabilities of the predicted classes, ``(seeds, n)``."""
        highest: np.ndarray = self.probabilities.max(axis=2)
        return highest.astype(np.float64)

    @cached_property
    def right(self) -> np.ndarray:
        """Which predictions are right, ``(seeds, n)``."""
        right: np.ndarray = self.classes == self.labels
        return right

    @cached_property
    def confusion(self) -> np.ndarray:
        """Predictions of all seeds by true and predicted class, as counts."""
        count = self.probabilities.shape[2]
        cells = np.tile(self.labels, self.seeds) * count + self.classes.ravel()
        counts: np.ndarray = np.bincount(cells, minlength=count * count)
        return counts.reshape(count, count)


def predicted(subject: Subject) -> Predicted | None:
    """The predictions of a study's best configuration.

    None for other task types, before a test, and for studies that were tested before
    the labels of the test images were kept.
    """
    tested = subject.tested
    if subject.spec.task_type.kind != CLASSIFICATION or not tested:
        return None
    labels = subject.output(tested[0].seed, "labels")
    found = [subject.output(final.seed, "probabilities") for final in tested]
    known = [each for each in found if each is not None]
    if labels is None or len(known) < len(tested) or not len(labels):
        return None
    return Predicted(labels=labels, probabilities=np.stack(known))
