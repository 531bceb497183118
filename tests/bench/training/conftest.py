"""Starts Keras, and makes trial runners and requests for small families."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.datasets import Task
from bench.records import FLOAT32, EpochRecord
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


class EpochCollector(list[EpochRecord]):
    """A report that collects epochs and asks to stop after a number of them."""

    def __init__(self, stop_after: int = 1000) -> None:
        super().__init__()
        self._stop_after = stop_after

    def __call__(self, epoch: EpochRecord) -> bool:
        self.append(epoch)
        return len(self) < self._stop_after


@pytest.fixture
def mislabelled(stripes: Task) -> Task:
    """Stripes with wrong training labels, so that training worsens validation."""
    return replace(
        stripes,
        train=replace(stripes.train, labels=(stripes.train.labels + 1) % 3),
    )


@pytest.fixture
def collector() -> type[EpochCollector]:
    return EpochCollector


@pytest.fixture
def make_request() -> Callable:
    """Make a trial request, with defaults for what a test doesn't care about."""
    from bench.training.request import TrialRequest

    def make_request(**changes: object) -> TrialRequest:
        defaults: dict = {
            "hyperparameters": {},
            "seed": 1,
            "epochs": 2,
            "full_epochs": 4,
            "patience": 10,
        }
        return TrialRequest(**(defaults | changes))

    return make_request


@pytest.fixture
def write_family(tmp_path: Path) -> Callable[..., str]:
    """Write a family's file, after the imports it needs, and return its location."""

    def write_family(body: str, name: str = "build", file: str = "mine.py") -> str:
        (tmp_path / file).write_text(HEAD + textwrap.dedent(body))
        return f"{tmp_path / file}:{name}"

    return write_family


@pytest.fixture
def make_runner(tmp_path: Path) -> Callable:
    """Make the trial runner of a family, named or at a location, for a task."""
    from bench.training import hypermodel
    from bench.training.trial_runner import TrialRunner, image_task, scaled_task

    def make_runner(
        family: str,
        task: Task,
        weights: str | None = None,
        precision: str = FLOAT32,
    ) -> TrialRunner:
        options = {} if weights is None else {"weights": weights}
        source = hypermodel.load(family, image_task(task), options, precision)
        return TrialRunner(source, scaled_task(task, source), tmp_path / "cache")

    return make_runner
