"""Starts Keras, and helps to train families from small files."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.datasets import Task
from bench.records import EpochRecord
from bench.training import backend

backend.start("tensorflow")

HEAD = """
import keras
import keras_tuner
import numpy as np

CLASSES = 3

def layers(units=CLASSES, activation="softmax", shape=(8, 8, 1)):
    return keras.Sequential([
        keras.Input(shape),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation=activation),
    ])

def compiled(model=None, loss="sparse_categorical_crossentropy", rate=0.01):
    model = model or layers()
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model
"""


class Epochs(list[EpochRecord]):
    """A report that collects epochs, and asks to stop after a number of them."""

    def __init__(self, most: int = 1000) -> None:
        super().__init__()
        self._most = most

    def __call__(self, epoch: EpochRecord) -> bool:
        self.append(epoch)
        return len(self) < self._most


@pytest.fixture
def mislabelled(stripes: Task) -> Task:
    """Stripes whose training labels are wrong: validation gets worse in training."""
    return replace(
        stripes,
        train=replace(stripes.train, labels=(stripes.train.labels + 1) % 3),
    )


@pytest.fixture
def collect() -> type[Epochs]:
    return Epochs


@pytest.fixture
def request_for() -> Callable:
    """Make a request with defaults for all that a test doesn't care about."""
    from bench.training.trial import TrialRequest

    def request_for(**changes: object) -> TrialRequest:
        defaults: dict = {
            "number": 0,
            "hyperparameters": {},
            "seed": 1,
            "epochs": 2,
            "full_epochs": 4,
            "patience": 10,
        }
        return TrialRequest(**(defaults | changes))

    return request_for


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a family's file, after the imports it needs, and return its location."""

    def write(body: str, name: str = "build", file: str = "mine.py") -> str:
        (tmp_path / file).write_text(HEAD + textwrap.dedent(body))
        return f"{tmp_path / file}:{name}"

    return write


@pytest.fixture
def work(tmp_path: Path) -> Callable:
    """Prepare the training of a family, named or at a location, on a task."""
    from bench.training import hypermodel
    from bench.training.trial_runner import Work, prepared
    from search_spaces.family import ImageTask

    def work(family: str, task: Task, weights: str | None = None) -> Work:
        known = ImageTask(
            image_shape=task.record.image_shape,
            classes=len(task.record.class_names),
            pixel_range=task.pixel_range,
        )
        options = {} if weights is None else {"weights": weights}
        source = hypermodel.load(family, known, options)
        return Work(source, prepared(task, source), tmp_path / "cache")

    return work
