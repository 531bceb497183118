"""What ``throughput.py`` trains: search spaces, and configurations drawn from them.

What a practitioner would search first: filters, dropout, initializer, optimizer and
its learning rate, at a fixed batch size and a constant learning rate, which
``model.fit`` needs no callback for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import keras
import keras_tuner

from bench.datasets import Split, Task
from bench.records import Budget, StudySpec, Value
from search_spaces.family import Family
from search_spaces.lenet import LeNet
from search_spaces.parts import blocks


class Digits(Family):
    """Two convolutions, for 8x8 digits."""

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
    """LeNet of about the width of 1998, with today's activation."""

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [4, 6, 8], default=6)
        hp.Fixed("kernel_size", 5)
        hp.Fixed("activation", "relu")
        hp.Fixed("pooling", "average")
        _declare_shared(hp)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        _declare_training(hp, batch_size=128)


class Cifar10(Family):
    """Three convolutions and a global average: 56,970 parameters with 32 filters."""

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
    """Two convolutions, the second twice as wide, a pooling after each."""
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
    """Learning rates at which no network here diverges.

    A diverged trial ends early in this toolkit, and at its last epoch elsewhere.
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
    """What is trained on a data set.

    Attributes:
        epochs: Of every trial.
        images: To train and validate on; None for all.
    """

    family: type[Family]
    epochs: int
    images: int | None = None


CASES = {
    "digits": Case(Digits, 10),
    "mnist": Case(Mnist, 3),
    "cifar10": Case(Cifar10, 2, 10_000),
}


class Workload:
    """The images and configurations of a case, in terms that any tool understands.

    Args:
        dataset: A name in ``CASES``.
        trials: How many configurations.
        images: To train and validate on; None for the case's own number.
        seed: Of the split, the configurations and every training.
    """

    def __init__(
        self, dataset: str, *, trials: int, images: int | None, seed: int
    ) -> None:
        # Here, since our workers import this file too, and need none of it.
        from bench.study.prepare import plan
        from bench.study.session import load_task

        case = CASES[dataset]
        spec = StudySpec(
            family=f"{Path(__file__).resolve()}:{case.family.__name__}",
            dataset=dataset,
            tuner="random",
            budget=Budget(trials=trials, epochs=case.epochs, patience=case.epochs),
            seed=seed,
        )
        wanted = case.images if images is None else images
        task = _smaller(load_task(spec, data=None), wanted)
        self.plan = plan(spec, task)
        asked = map(plan(spec, task).searcher.ask, range(trials))
        self.configurations = [dict(p.hyperparameters) for p in asked if p is not None]
        self.train, self.validation = task.train, task.validation

    @property
    def arrays(self) -> dict[str, Any]:
        """What ``model.fit`` trains and validates on."""
        validation = self.validation.images, self.validation.labels
        x, y = self.train.images, self.train.labels
        return {"x": x, "y": y, "validation_data": validation}

    @property
    def options(self) -> dict[str, Any]:
        """What else ``model.fit`` is given."""
        epochs = self.plan.spec.budget.epochs
        batch_size = self.configurations[0]["batch_size"]
        return {"epochs": epochs, "batch_size": batch_size, "verbose": 0}

    def choices(self, name: str) -> list[Value]:
        """The values of a hyperparameter, each once."""
        values = [c[name] for c in self.configurations if name in c]
        return list(dict.fromkeys(values))

    def build(self, configuration: dict[str, Value]) -> keras.Model:
        hp = keras_tuner.HyperParameters()
        hp.values = dict(configuration)
        return self.plan.source.hypermodel.build(hp)


def _smaller(task: Task, images: int | None) -> Task:
    """The first training and validation images, in the proportion of the whole."""
    whole = len(task.train) + len(task.validation)
    share = 1.0 if images is None else min(1.0, images / whole)

    def head(split: Split) -> Split:
        kept = round(share * len(split))
        # Copies, since a view would keep the whole in memory.
        return Split(
            images=split.images[:kept].copy(), labels=split.labels[:kept].copy()
        )

    train, validation = head(task.train), head(task.validation)
    record = replace(task.record, train=len(train), validation=len(validation))
    return replace(task, record=record, train=train, validation=validation)
