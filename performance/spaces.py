"""Search spaces of the benchmarks, and configurations drawn from them.

They hold what a practitioner would search first: filters, dropout, initializer,
optimizer and its learning rate. The batch size is fixed, and the learning rate stays
constant during a training, so that ``model.fit`` needs no callback for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import keras
import keras_tuner

from bench import datasets
from bench.datasets import Split, Task
from bench.records import Budget, ImageSource, StudySpec, Value
from search_spaces.family import Family
from search_spaces.lenet import LeNet
from search_spaces.parts import blocks


class Digits(Family):
    """Two convolutions for digits of 8x8 pixels."""

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [8, 16, 32], default=16)
        _declare_shared(hp)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        _declare_training(hp, batch_size=32)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = _convolved_twice(hp, images)
        return blocks.dropout(hp, keras.layers.Flatten()(x))


class Mnist(LeNet):
    """LeNet about as wide as in 1998, with today's activation."""

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [4, 6, 8], default=6)
        hp.Fixed("layout", "padded")
        hp.Fixed("kernel_size", 5)
        hp.Fixed("activation", "relu")
        hp.Fixed("pooling", "average")
        _declare_shared(hp)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        _declare_training(hp, batch_size=128)


class Cifar10(Family):
    """Three convolutions and global average pooling.

    It has 56,970 parameters with 32 filters.
    """

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [24, 32, 40], default=32)
        _declare_shared(hp)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        _declare_training(hp, batch_size=64)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = _convolved_twice(hp, images)
        x = blocks.convolution(hp, x, 2 * hp.get("filters"))
        return blocks.dropout(hp, keras.layers.GlobalAveragePooling2D()(x))


def _convolved_twice(hp: keras_tuner.HyperParameters, images: Any) -> Any:
    """Apply two convolutions, the second twice as wide, with pooling after each."""
    x = images
    for width in (1, 2):
        x = blocks.convolution(hp, x, width * hp.get("filters"))
        x = keras.layers.MaxPooling2D(2)(x)
    return x


def _declare_shared(hp: keras_tuner.HyperParameters) -> None:
    blocks.declare_dropout(hp, default=0.2)
    blocks.declare_initializer(hp)
    hp.Fixed("batch_normalization", False)


def _declare_training(hp: keras_tuner.HyperParameters, batch_size: int) -> None:
    """Declare how networks are trained, at learning rates that never diverge.

    A trial that diverges ends early in this toolkit, but at its last epoch in others.
    """
    hp.Choice("optimizer", ["adam", "sgd"], default="adam")
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Float("learning_rate", 3e-4, 3e-3, sampling="log", default=1e-3)
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("sgd_learning_rate", 3e-3, 0.03, sampling="log", default=0.01)
        hp.Fixed("momentum", 0.9)
    hp.Fixed("schedule", "constant")
    hp.Fixed("weight_decay", 1e-4)
    hp.Fixed("batch_size", batch_size)


class Case(NamedTuple):
    """A family to train on a data set.

    Attributes:
        family: Family that is trained.
        epochs: Number of epochs of every trial.
        images: Number of images to train and validate on; None for all.
    """

    family: type[Family]
    epochs: int
    images: int | None = None


CASES = {
    "digits": Case(Digits, 10),
    "mnist": Case(Mnist, 3),
    "cifar10": Case(Cifar10, 2, 10_000),
}
"""The case of each data set."""


class Workload:
    """The images and configurations of a case, in a form that any tool can use.

    Args:
        dataset: Name in ``CASES``.
        trials: Number of configurations.
        images: Number of images to train and validate on; None for the case's number.
        seed: Seed of the split, the configurations and every training.
        data: Folder of data sets known by name; None for the usual folder.

    Attributes:
        prepared: Study of the configurations.
        configurations: Values of the active hyperparameters of each trial.
        train, validation: Images and labels.
    """

    def __init__(
        self,
        dataset: str,
        *,
        trials: int,
        images: int | None,
        seed: int,
        data: Path | None = None,
    ) -> None:
        # Imported here, since our workers import this file and don't need it.
        from bench.study.prepare import prepare

        case = CASES[dataset]
        spec = StudySpec(
            family=f"{Path(__file__).resolve()}:{case.family.__name__}",
            dataset=dataset,
            tuner="random",
            budget=Budget(trials=trials, epochs=case.epochs, patience=case.epochs),
            seed=seed,
        )
        task = _smaller(
            datasets.load_for(spec, ImageSource(data=data)),
            case.images if images is None else images,
        )
        self.prepared = prepare(spec, task)
        # The searcher of `prepared` has to stay fresh.
        proposals = map(prepare(spec, task).searcher.ask, range(trials))
        self.configurations = [
            dict(proposal.hyperparameters)
            for proposal in proposals
            if proposal is not None
        ]
        self.train, self.validation = task.train, task.validation

    @property
    def arrays(self) -> dict[str, Any]:
        """Images and labels as arguments of ``model.fit``."""
        validation = self.validation.images, self.validation.labels
        x, y = self.train.images, self.train.labels
        return {"x": x, "y": y, "validation_data": validation}

    @property
    def options(self) -> dict[str, Any]:
        """The other arguments of ``model.fit``."""
        epochs = self.prepared.spec.budget.epochs
        batch_size = self.configurations[0]["batch_size"]
        return {"epochs": epochs, "batch_size": batch_size, "verbose": 0}

    def choices(self, name: str) -> list[Value]:
        """The distinct values of a hyperparameter."""
        values = [c[name] for c in self.configurations if name in c]
        return list(dict.fromkeys(values))

    def build(self, configuration: dict[str, Value]) -> keras.Model:
        hp = keras_tuner.HyperParameters()
        hp.values = dict(configuration)
        return self.prepared.source.hypermodel.build(hp)


def _smaller(task: Task, images: int | None) -> Task:
    """Keep the first training and validation images, in the task's proportion."""
    available = len(task.train) + len(task.validation)
    share = 1.0 if images is None else min(1.0, images / available)

    def head(split: Split) -> Split:
        kept = round(share * len(split))
        # Copied, since a view would keep all images in memory.
        return Split(
            images=split.images[:kept].copy(), labels=split.labels[:kept].copy()
        )

    train, validation = head(task.train), head(task.validation)
    record = replace(task.record, train=len(train), validation=len(validation))
    return replace(task, record=record, train=train, validation=validation)
