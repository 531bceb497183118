"""A small task, a family from elsewhere that trains in no time, and displays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.records import FinalRecord, TrialRecord
from bench.study.progress import QuietDisplay

FAMILY = """
import keras
import keras_tuner


def build(hp):
    units = hp.Int("units", 4, 12)
    optimizer = hp.Choice("optimizer", ["sgd", "adam"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        if optimizer == "sgd":
            hp.Float("momentum", 0.0, 0.9)
    {trouble}
    model = keras.Sequential(
        [
            keras.layers.Input((6, 6, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=True,
    )
    return model
"""


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a set of 90 images, whose class is where they are bright."""
    random = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = random.integers(0, 150, (90, 6, 6, 1), np.uint8)
    images[np.arange(90), 2 * labels] += 80
    path = tmp_path_factory.mktemp("data") / "bright.npz"
    np.savez(path, X=images, y=labels)
    return f"npz:{path}"


@pytest.fixture(scope="session")
def small_task(dataset: str) -> Task:
    return datasets.load(
        dataset,
        data_folder=None,
        validation_fraction=0.2,
        test_fraction=0.2,
        seed=0,
        image_size=None,
        skip_unreadable=False,
    )


@pytest.fixture(scope="session")
def keras_started() -> None:
    """Keras on TensorFlow, as a search starts it."""
    from bench.training import backend

    backend.start("tensorflow")


@pytest.fixture
def write_family(tmp_path: Path) -> Callable[[str], str]:
    """Write a family from elsewhere, with a line of trouble in its build."""

    def write_family(trouble: str = "") -> str:
        path = tmp_path / "theirs.py"
        path.write_text(FAMILY.format(trouble=trouble or "pass"))
        return f"{path}:build"

    return write_family


class Watch(QuietDisplay):
    """Writes down what a study does, and interrupts it when asked to.

    Args:
        interrupt: The event at which Ctrl-C is pressed, such as ``epoch 3``.
    """

    def __init__(self, interrupt: str | None = None) -> None:
        self.events: list[str] = []
        self._interrupt = interrupt

    def already_finished(self, study: object) -> None:
        self._happened("already finished")

    def trial_started(self, trial: TrialRecord) -> None:
        self._happened(f"trial {trial.number} started")

    def trial_ended(self, trial: TrialRecord) -> None:
        self._happened(f"trial {trial.number} ended")

    def epoch_ended(self, key: int, epoch: object) -> None:
        last = next(e for e in reversed(self.events) if "epoch" not in e)
        count = sum(e.startswith(f"{last}, epoch") for e in self.events)
        self._happened(f"{last}, epoch {count + 1}")

    def finals_started(self, best: TrialRecord, left: int) -> None:
        self._happened(f"{left} finals started")

    def final_ended(self, final: FinalRecord) -> None:
        self._happened(f"seed {final.seed} ended")

    def count(self, start: str, end: str) -> int:
        return sum(e.startswith(start) and e.endswith(end) for e in self.events)

    def _happened(self, event: str) -> None:
        self.events.append(event)
        if event == self._interrupt:
            raise KeyboardInterrupt


@pytest.fixture
def watch() -> type[Watch]:
    return Watch
