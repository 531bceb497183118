"""A small search space, and searches over it without any training."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np
import pytest

from bench import searchers
from bench.datasets import Split, Task
from bench.datasets.folds import Folds
from bench.records import Budget, Proposal, TaskRecord, TrialResult
from bench.searchers import Searcher


def make_space() -> keras_tuner.HyperParameters:
    """Integers, choices, and two hyperparameters of which one is active."""
    hp = keras_tuner.HyperParameters()
    hp.Int("depth", 1, 4, default=2)
    hp.Choice("width", [8, 16, 32, 64], default=16)
    hp.Float("dropout", 0.0, 0.5, step=0.1, default=0.2)
    hp.Choice("optimizer", ["adam", "sgd"], default="adam")
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Float("rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.5, 0.9, step=0.1, default=0.9)
    return hp


def make_result(proposal: Proposal, fails: bool = False) -> TrialResult:
    """A score that looks random, yet follows from what was proposed."""
    if fails:
        return TrialResult(error="ValueError: it was told to fail")
    values = sorted(proposal.hyperparameters.items())
    draw = random.Random(f"{values} {proposal.epochs}")
    return TrialResult(
        metrics={
            "validation_accuracy": draw.randrange(100) / 100,
            "validation_log_loss": draw.random() * 3,
        },
        best_epoch=proposal.epochs,
        epochs=proposal.epochs,
    )


def make_folds(seed: int = 0, count: int = 3) -> Folds:
    """Folds of twelve images of two classes."""
    labels = np.arange(12) % 2
    split = Split(images=np.zeros((12, 4, 4, 1), np.uint8), labels=labels)
    record = TaskRecord(
        dataset="twelve",
        fingerprint="t",
        test_fingerprint="t",
        image_shape=(4, 4, 1),
        class_names=("even", "odd"),
        train=6,
        validation=6,
        test=12,
        seed=seed,
    )
    half = Split(images=split.images[:6], labels=labels[:6])
    task = Task(
        record=record, train=half, validation=half, test=split, pixel_range=(0.0, 255.0)
    )
    return Folds(task, count, seed)


class Search:
    """Asks and tells until nothing is proposed any more.

    Args:
        searcher: Fresh.
        at_once: Trials in flight.
        fails: Numbers of the trials that fail, as a predicate.
        ends: Picks which of several trials in flight ends next.
        result: Of a proposal and whether it fails.

    Attributes:
        proposals: By number.
        results: By number.
        finished_before: By number, the trials that were over when it was proposed.
    """

    def __init__(
        self,
        searcher: Searcher,
        *,
        at_once: int = 1,
        fails: Callable[[int], bool] = lambda number: False,
        ends: Callable[[int], int] = lambda waiting: 0,
        result: Callable[[Proposal, bool], TrialResult] = make_result,
    ) -> None:
        self.proposals: list[Proposal] = []
        self.results: dict[int, TrialResult] = {}
        self.finished_before: list[set[int]] = []
        waiting: list[int] = []
        while True:
            while len(waiting) < at_once:
                proposal = searcher.ask(len(self.proposals))
                if proposal is None:
                    break
                waiting.append(len(self.proposals))
                self.proposals.append(proposal)
                self.finished_before.append(set(self.results))
                assert len(self.proposals) < 500, "this search doesn't end"
            if not waiting:
                return
            number = waiting.pop(ends(len(waiting)))
            self.results[number] = result(self.proposals[number], fails(number))
            searcher.tell(number, self.results[number])

    @property
    def configurations(self) -> list[Proposal]:
        """First trainings, promotions left out, the first fold's where there are."""
        return [p for p in self.proposals if p.parent is None and not p.fold]


@pytest.fixture
def space() -> keras_tuner.HyperParameters:
    return make_space()


@pytest.fixture
def tiny_space() -> keras_tuner.HyperParameters:
    """Seven configurations in all."""
    hp = keras_tuner.HyperParameters()
    hp.Int("depth", 1, 7)
    return hp


@pytest.fixture
def make() -> Callable[..., Searcher]:
    """Make a searcher, by default over the small space."""

    def make(
        tuner: str,
        *,
        trials: int = 5,
        epochs: int = 9,
        seed: int = 0,
        space: keras_tuner.HyperParameters | None = None,
    ) -> Searcher:
        budget = Budget(trials=trials, epochs=epochs)
        folds = make_folds(seed) if searchers.TUNERS[tuner].cross_validates else None
        return searchers.create(tuner, space or make_space(), budget, seed, folds=folds)

    return make


@pytest.fixture
def folds() -> Folds:
    return make_folds()


@pytest.fixture
def search() -> Callable[..., Search]:
    return Search


@pytest.fixture
def result_of() -> Callable[..., Any]:
    return make_result
