"""Folds of a cross-validation over all images that may be trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bench.datasets.task import Split, Task
from bench.errors import DatasetError


@dataclass(frozen=True)
class Rows:
    """Rows of the images that a model trains on, and of those that judge it.

    Attributes:
        train: ``(n,)``, of the training images.
        validation: ``(m,)``, of the validation images; None for all of them.
    """

    train: np.ndarray
    validation: np.ndarray | None


class Folds:
    """Stratified folds of a task's pool: its training images, then its validation's.

    Args:
        task: Its test split plays no part.
        count: How many folds, at least 2.
        seed: 0 or more; the same one gives the same folds.

    Attributes:
        labels: ``(n,)``, of the pool.
        random_state: The seed as scikit-learn takes it.

    Raises:
        DatasetError: A class has fewer images than there are folds.
    """

    def __init__(self, task: Task, count: int, seed: int) -> None:
        self.count = count
        self.labels = np.concatenate([task.train.labels, task.validation.labels])
        self._train = len(task.train)
        # It takes no seed of 2**32 or more.
        self.random_state = int(np.random.SeedSequence(seed).generate_state(1)[0])
        sizes = np.bincount(self.labels, minlength=len(task.record.class_names))
        if sizes.min() < count:
            name = task.record.class_names[int(sizes.argmin())]
            raise DatasetError(
                f"each of {count} folds needs an image of every class; there are "
                f"{sizes.min()} of {name!r} beside the test images: lower --folds, or "
                "add images"
            )

    @property
    def splitter(self) -> Any:
        """What scikit-learn takes as ``cv``."""
        from sklearn.model_selection import StratifiedKFold

        return StratifiedKFold(self.count, shuffle=True, random_state=self.random_state)

    @cached_property
    def _rows(self) -> list[Rows]:
        pool = np.zeros(len(self.labels))
        return [Rows(*rows) for rows in self.splitter.split(pool, self.labels)]

    def rows(self, fold: int | None) -> Rows:
        """Rows of the pool: those of a fold, or the task's own splits for None."""
        if fold is not None:
            return self._rows[fold]
        pool = np.arange(len(self.labels))
        return Rows(pool[: self._train], pool[self._train :])


def pooled(task: Task) -> Task:
    """The task with all of its pool for training and for validation."""
    pool = Split(
        images=np.concatenate([task.train.images, task.validation.images]),
        labels=np.concatenate([task.train.labels, task.validation.labels]),
    )
    return replace(task, train=pool, validation=pool)
