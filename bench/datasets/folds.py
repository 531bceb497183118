"""Indices of the images that train and that validate: of the split or of a fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from bench.datasets.grouped_split import taken
from bench.datasets.task import Split, Task
from bench.errors import DatasetError


@dataclass(frozen=True)
class Indices:
    """Indices of the images that a model trains on, and of those that validate it.

    Attributes:
        train: ``(n,)``, indices of training images.
        validation: ``(m,)``, indices of validation images; None for all of them.
    """

    train: np.ndarray
    validation: np.ndarray | None

    def part(self, task: Task, train: float, validation: float) -> Indices:
        """Stratified shares of these images, the same ones each time.

        A smaller share is part of a larger one.
        """
        held_out = self.validation
        if held_out is None:
            held_out = np.arange(len(task.validation))
        return Indices(
            _stratified(self.train, task.train.labels, train),
            _stratified(held_out, task.validation.labels, validation),
        )


def _stratified(indices: np.ndarray, labels: np.ndarray, share: float) -> np.ndarray:
    """The indices of a share of each class, rounded up, in their order."""
    order = np.random.default_rng(0).permutation(len(indices))
    own = labels[indices]
    places = np.empty(len(indices), int)  # of each image within its class
    for label in np.unique(own):
        members = order[own[order] == label]
        places[members] = np.arange(len(members))
    sizes = np.bincount(own)
    kept: np.ndarray = indices[places < np.ceil(share * sizes[own])]
    return kept


class Splits(Protocol):
    """How a study divides the images of a task."""

    def indices(self, fold: int | None) -> Indices:
        """Indices with a fold held out for validation.

        Args:
            fold: Number of the fold, from 0; None for the task's own split.
        """

    def pool(self) -> Indices:
        """All images that don't test as training images, without validation images."""


class SingleSplit:
    """The task's own split, without folds."""

    def __init__(self, task: Task) -> None:
        self._train = len(task.train)

    def indices(self, fold: int | None) -> Indices:
        if fold is not None:
            raise ValueError(f"a single split has no folds, and so no fold {fold}")
        return Indices(np.arange(self._train), None)

    def pool(self) -> Indices:
        raise ValueError("a single split has no pool of its images")


class Folds:
    """Stratified folds of a task's pool: its training and its validation images.

    The pool holds the training images first. No group of images is in two folds.

    Args:
        task: The task; its test split is left alone.
        count: Number of folds, at least 2.
        seed: Seed of the folds, 0 or more.

    Attributes:
        labels: ``(n,)``, class indices of the pool.
        random_state: The seed, reduced to the range that scikit-learn takes.

    Raises:
        DatasetError: A class has fewer images or groups than there are folds.
    """

    def __init__(self, task: Task, count: int, seed: int) -> None:
        self.count = count
        self.labels = np.concatenate([task.train.labels, task.validation.labels])
        self._train = len(task.train)
        self._groups = _groups(task)
        # scikit-learn takes no seed of 2**32 or more.
        self.random_state = int(np.random.SeedSequence(seed).generate_state(1)[0])
        labels, what = self.labels, "an image"
        if self._groups is not None:
            labels = np.unique(np.stack([self.labels, self._groups]), axis=1)[0]
            what = "a group"
        sizes = np.bincount(labels, minlength=len(task.record.class_names))
        if sizes.min() < count:
            name = task.record.class_names[int(sizes.argmin())]
            raise DatasetError(
                f"each of {count} folds needs {what} of every class; there are "
                f"{sizes.min()} of {name!r} beside the test images: lower --folds, or "
                "add images"
            )

    @property
    def splitter(self) -> Any:
        """The folds as scikit-learn's ``cv`` takes them."""
        from sklearn.model_selection import PredefinedSplit, StratifiedKFold

        if self._groups is not None:
            return PredefinedSplit(self._folds_of_groups())
        return StratifiedKFold(self.count, shuffle=True, random_state=self.random_state)

    def _folds_of_groups(self) -> np.ndarray:
        """Number of each image's fold: one fold after the other takes its share."""
        assert self._groups is not None
        random = np.random.RandomState(self.random_state)
        folds = np.zeros(len(self.labels), np.int64)
        left = np.arange(len(self.labels))
        for fold in range(self.count - 1, 0, -1):
            chosen = taken(
                self.labels[left],
                self._groups[left],
                1 / (fold + 1),
                random,
                least=(fold, 1),
            )
            folds[left[chosen]] = fold
            left = left[~chosen]
        return folds

    @cached_property
    def _indices(self) -> list[Indices]:
        pool = np.zeros(len(self.labels))
        return [Indices(*parts) for parts in self.splitter.split(pool, self.labels)]

    def indices(self, fold: int | None) -> Indices:
        if fold is not None:
            return self._indices[fold]
        pool = np.arange(len(self.labels))
        return Indices(pool[: self._train], pool[self._train :])

    def pool(self) -> Indices:
        pool = np.arange(len(self.labels))
        return Indices(pool, pool[:0])


def _groups(task: Task) -> np.ndarray | None:
    """Groups of the pool."""
    train, validation = task.train.groups, task.validation.groups
    if train is None or validation is None:
        return None
    return np.concatenate([train, validation])


def pooled(task: Task) -> Task:
    """The task with its whole pool as training and as validation images."""
    pool = Split(
        images=np.concatenate([task.train.images, task.validation.images]),
        labels=np.concatenate([task.train.labels, task.validation.labels]),
    )
    return replace(task, train=pool, validation=pool)
