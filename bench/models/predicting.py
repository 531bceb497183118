"""Predictions of a study's models for images that it has not seen.

Needs Keras: call ``bench.training.backend.start`` before importing this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import UnseenImages
from bench.models import reading
from bench.models.loading import classifiers
from bench.models.reading import Images
from bench.models.selection import Selected

MAX_MATRIX = 20
"""Maximum number of classes of a confusion matrix that is printed."""


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What the models of a study say of some images.

    Attributes:
        unseen: The images, their names and what is known of their labels.
        probabilities: ``(n, classes)``, the mean over the models.
        class_names: Names of the classes.
        seeds: Seeds of the models.
    """

    unseen: UnseenImages
    probabilities: np.ndarray
    class_names: tuple[str, ...]
    seeds: tuple[int, ...]

    @property
    def classes(self) -> np.ndarray:
        """Index of the most probable class of each image, ``(n,)``."""
        indices: np.ndarray = self.probabilities.argmax(axis=1)
        return indices

    @property
    def accuracy(self) -> float:
        """Share of the images that are predicted right; all must be labelled."""
        return float(np.mean(self.classes == self.unseen.labels))

    @property
    def confusion(self) -> np.ndarray:
        """Images of each class (rows) by their prediction (columns)."""
        from sklearn.metrics import confusion_matrix

        matrix: np.ndarray = confusion_matrix(
            self.unseen.labels, self.classes, labels=range(len(self.class_names))
        )
        return matrix

    def rows(self, top: int = 1) -> list[dict[str, Any]]:
        """A row for each image: its name, label if known, and most probable classes.

        Args:
            top: Number of classes; the others of many are left out.
        """
        order = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :top]
        return [self._row(index, chosen) for index, chosen in enumerate(order)]

    def _row(self, index: int, chosen: np.ndarray) -> dict[str, Any]:
        row: dict[str, Any] = {"image": self.unseen.names[index]}
        if self.unseen.are_labelled:
            row["label"] = self.class_names[self.unseen.labels[index]]
        for place, label in enumerate(chosen):
            ending = f"_{place + 1}" if place else ""
            row[f"prediction{ending}"] = self.class_names[label]
            row[f"probability{ending}"] = round(
                float(self.probabilities[index, label]), 4
            )
        return row


def predict(
    results: Path, selected: Selected, images: Images, seed: int | None = None
) -> Predictions:
    """Predict the classes of images.

    Args:
        results: Folder of the store.
        selected: A study of classifiers, and which of its configurations.
        images: Image files, folders or files of arrays; or an array of images.
        seed: Seed of the only model to ask; None to average those of all seeds.

    Raises:
        BenchError: The study keeps no such models, or an image can't be read.
    """
    models = classifiers(results, selected, seed)
    unseen = reading.read(images, models.record)
    return Predictions(
        unseen=unseen,
        probabilities=models.probabilities(unseen.images),
        class_names=models.record.class_names,
        seeds=models.seeds,
    )
