"""Ways to train the epochs of a model, as ``steps_per_execution.py`` compares them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:  # these import Keras
    import keras
    from spaces import Workload


class Contender(Protocol):
    """One way to train models of one structure."""

    def build(self, seed: int) -> None:
        """Build a fresh model."""

    def trace(self) -> None:
        """Train the model for the first time, on no more than two batches."""

    def train(self, epochs: int) -> float:
        """Train the model for some epochs; the accuracy in the last one."""


class Ours:
    """Trains by compiled epochs.

    Args:
        work: Images and family.
        epochs: Number of epochs that a turn trains.
    """

    def __init__(self, work: Workload, epochs: int) -> None:
        from bench.datasets.folds import SingleSplit
        from bench.training.evaluators.evaluator import EvaluatorConfig
        from bench.training.inputs import InputCache

        task = work.prepared.task
        splits = SingleSplit(task)
        self._source = work.prepared.source
        self._inputs = InputCache(task, EvaluatorConfig(), splits).images
        self._indices = splits.indices(None)
        self._first = np.arange(_first_images(work))
        self._full_epochs = epochs

    def build(self, seed: int) -> None:
        self._seed = seed
        self._model, self._hp = _build(self._source, seed)

    def trace(self) -> None:
        self._compiled = self._inputs.compiled.take(self._model)
        self._compiled.train_epoch(self._first, None, self._hp.get("batch_size"))

    def train(self, epochs: int) -> float:
        from bench.training.epochs import EpochLoop

        loop = EpochLoop(
            source=self._source,
            hp=self._hp,
            inputs=self._inputs,
            compiled=self._compiled,
            indices=self._indices,
            seed=self._seed,
            full_epochs=self._full_epochs,
        )
        *_, metrics = itertools.islice(loop.run(), epochs)
        return metrics["accuracy"]


class Fit:
    """Trains by ``model.fit``.

    Args:
        work: Images and family.
        steps: Number of batches per call; None for all batches of an epoch.
    """

    def __init__(self, work: Workload, steps: int | None) -> None:
        self._source = work.prepared.source
        self._split = work.train
        self._first = _first_images(work)
        self._batch_size = _batch_size(work)
        self._steps = steps or -(-len(work.train) // self._batch_size)

    def build(self, seed: int) -> None:
        self._model, _ = _build(self._source, seed)
        self._model.compile(
            optimizer=self._model.optimizer,
            loss=self._model.loss,
            metrics=["accuracy"],
            jit_compile=self._model.jit_compile,
            steps_per_execution=self._steps,
        )

    def trace(self) -> None:
        self._fit(self._first, epochs=1)

    def train(self, epochs: int) -> float:
        return self._fit(len(self._split), epochs)

    def _fit(self, images: int, epochs: int) -> float:
        history = self._model.fit(
            self._split.images[:images],
            self._split.labels[:images],
            batch_size=self._batch_size,
            epochs=epochs,
            verbose=0,
        )
        accuracies: list[float] = history.history["accuracy"]
        return accuracies[-1]


CONTENDERS: dict[str, Callable[[Workload, int], Contender]] = {
    "ours": Ours,
    "fit-1": lambda work, epochs: Fit(work, 1),
    "fit-8": lambda work, epochs: Fit(work, 8),
    "fit-32": lambda work, epochs: Fit(work, 32),
    "fit-epoch": lambda work, epochs: Fit(work, None),
}
"""Makes each contender from the images and the number of epochs of a turn."""


def _build(source: Any, seed: int) -> tuple[keras.Model, Any]:
    """A model of the family's default configuration, with its hyperparameters."""
    from bench.searchers.space import discover
    from bench.training import models

    return models.build(source, discover(source.hypermodel).values, seed)


def _batch_size(work: Workload) -> int:
    size: int = work.options["batch_size"]
    return size


def _first_images(work: Workload) -> int:
    """Number of images in one full batch and in the smaller last batch, if any."""
    images, batch_size = len(work.train), _batch_size(work)
    return min(images, batch_size + images % batch_size)
