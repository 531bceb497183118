"""A task: a data set, split and ready to train on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.datasets import pixels
from bench.records import Samples, TaskRecord


@dataclass(frozen=True, kw_only=True)
class Split:
    """Images and their labels.

    Attributes:
        images: ``(n, height, width, channels)``, ``uint8`` or ``float32``.
        labels: ``(n,)``, ``int64`` class indices.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Three splits of one data set, and what the store keeps of them.

    Attributes:
        pixel_range: The lowest and highest value that a pixel is meant to have, as
            told from the training images; models scale by it.
        skipped: Unreadable image files that were left out.
    """

    record: TaskRecord
    train: Split
    validation: Split
    test: Split
    pixel_range: tuple[float, float]
    skipped: int = 0

    def samples(self, *, train: int = 8, test: int = 24) -> Samples:
        """Pick a few images to show, the same ones at every call.

        Training images go through the classes in turn; test images lie evenly over
        the test split, so that their predictions are no better than the others'.

        Args:
            train: Most training images.
            test: Most test images.
        """
        shown = _classes_in_turn(self.train.labels)[:train]
        tested = np.unique(
            np.linspace(0, len(self.test) - 1, min(test, len(self.test)), dtype=int)
        )
        return Samples(
            train_images=pixels.to_uint8(self.train.images[shown], self.pixel_range),
            train_labels=self.train.labels[shown],
            test_images=pixels.to_uint8(self.test.images[tested], self.pixel_range),
            test_labels=self.test.labels[tested],
            test_indices=tested,
        )


def _classes_in_turn(labels: np.ndarray) -> np.ndarray:
    """Order rows so that each class has shown one before any shows its next."""
    by_class = np.argsort(labels, kind="stable")
    grouped = labels[by_class]
    turn = np.arange(len(labels)) - np.searchsorted(grouped, grouped)
    return by_class[np.lexsort((grouped, turn))]
