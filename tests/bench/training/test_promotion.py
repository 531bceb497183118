"""A promoted trial equals a trial that was never interrupted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from bench.datasets import Task
from bench.training.timings import StageTimer
from bench.training.training import Trained

SMALL = {"units": 64, "batch_size": 64}
CONFIGURATIONS = {
    "sgd with momentum, dropout, cosine": {
        "optimizer": "sgd",
        "momentum": 0.9,
        "dropout": 0.3,
        "schedule": "cosine",
    },
    "adam, normalized, constant": {
        "optimizer": "adam",
        "dropout": 0.0,
        "schedule": "constant",
        "batch_normalization": True,
    },
    "rmsprop, dropout, not normalized": {
        "optimizer": "rmsprop",
        "dropout": 0.5,
        "batch_normalization": False,
    },
}
FOREIGN_DROPOUT = """
def build(hp):
    return compiled(keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.RandomTranslation(0.2, 0.2),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(3, activation="softmax"),
    ]))
"""
Train = Callable[..., tuple[Trained, list]]


@pytest.fixture
def train_to(
    make_runner: Callable, stripes: Task, make_request: Callable, collector: type
) -> Train:
    """Train a family up to an epoch; the training, and its epochs as reported."""

    def train_to(
        epochs: int, family: str = "dense", task: Task = stripes, **request: object
    ) -> tuple:
        reported = collector()
        trial = make_request(epochs=epochs, full_epochs=4, **request)
        trainer = make_runner(family, task).trainer
        return trainer.train(trial, reported, StageTimer()), reported

    return train_to


def assert_same(first: Trained, second: Trained) -> None:
    assert first.curve.epoch == second.curve.epoch
    assert first.curve.best_epoch == second.curve.best_epoch
    assert first.curve.best_metrics == second.curve.best_metrics
    for a, b in zip(
        first.compiled.model.weights, second.compiled.model.weights, strict=True
    ):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    optimizers = [
        [
            np.asarray(variable)
            for variable in trained.compiled.model.optimizer.variables
        ]
        for trained in (first, second)
    ]
    for a, b in zip(*optimizers, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(values, id=name, marks=[pytest.mark.slow] * ("rmsprop" in name))
        for name, values in CONFIGURATIONS.items()
    ],
)
def test_promoted_trial_equals_an_uninterrupted_one(
    train_to: Train, tmp_path: Path, values: dict
) -> None:
    request = {"hyperparameters": SMALL | values}
    path = tmp_path / "0.npz"
    uninterrupted, all_epochs = train_to(4, **request)
    _, first = train_to(2, checkpoint=path, **request)
    promoted, rest = train_to(4, parent=path, **request)
    assert_same(promoted, uninterrupted)
    assert [epoch.epoch for epoch in rest] == [3, 4]
    assert [e.metrics for e in first + rest] == [e.metrics for e in all_epochs]


def test_random_masks_of_foreign_layers_continue_where_they_stopped(
    train_to: Train, write_family: Callable, tmp_path: Path
) -> None:
    family, path = write_family(FOREIGN_DROPOUT), tmp_path / "0.npz"
    uninterrupted, _ = train_to(2, family)
    train_to(1, family, checkpoint=path)
    promoted, _ = train_to(2, family, parent=path)
    assert_same(promoted, uninterrupted)


def test_best_epoch_of_a_promoted_trial_may_be_its_parents(
    train_to: Train, mislabelled: Task, write_family: Callable, tmp_path: Path
) -> None:
    family = write_family("def build(hp): return compiled()")
    path = tmp_path / "0.npz"
    uninterrupted, _ = train_to(4, family, task=mislabelled)
    assert uninterrupted.curve.best_epoch <= 3
    train_to(3, family, task=mislabelled, checkpoint=path)
    promoted, _ = train_to(4, family, task=mislabelled, parent=path)
    assert_same(promoted, uninterrupted)


def test_promotion_of_a_trial_that_stopped_early_trains_no_epoch(
    train_to: Train, write_family: Callable, tmp_path: Path
) -> None:
    family = write_family("def build(hp): return compiled(rate=0.0)")
    path = tmp_path / "0.npz"
    parent, _ = train_to(3, family, patience=1, checkpoint=path)
    promoted, reported = train_to(4, family, patience=1, parent=path)
    assert parent.curve.epoch == 2
    assert reported == []
    assert_same(promoted, parent)


def test_trial_whose_parents_checkpoint_is_gone_starts_anew(
    train_to: Train, write_family: Callable, tmp_path: Path
) -> None:
    family = write_family("def build(hp): return compiled()")
    anew, reported = train_to(2, family, parent=tmp_path / "gone.npz")
    assert [epoch.epoch for epoch in reported] == [1, 2]
    assert_same(anew, train_to(2, family)[0])


def test_only_the_checkpoint_remains_in_its_folder(
    train_to: Train, write_family: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoints" / "7.npz"
    train_to(1, write_family("def build(hp): return compiled()"), checkpoint=path)
    assert list(path.parent.iterdir()) == [path]


def test_interrupted_write_of_a_checkpoint_leaves_no_file(
    train_to: Train,
    write_family: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(file: BinaryIO, **arrays: object) -> None:
        file.write(b"the first bytes")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    path = tmp_path / "checkpoints" / "7.npz"
    with pytest.raises(KeyboardInterrupt):
        train_to(1, write_family("def build(hp): return compiled()"), checkpoint=path)
    assert list(path.parent.iterdir()) == []
