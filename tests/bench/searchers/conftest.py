"""A small search space, and searches over it in which nothing is trained."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras_tuner
import numpy as np
import pytest

from bench import searchers
from bench.datasets import Split, Task
from bench.datasets.folds import Folds
from bench.records import Budget, Proposal, TaskRecord, TrialResult
from bench.searchers import Searcher, SearchProblem

Event = tuple[str, int, Any]
"""A call, the number of the trial, and for ``ask`` the proposal, for ``report`` epoch,
metrics and answer, for ``tell`` the result."""


def make_space() -> keras_tuner.HyperParameters:
    """A space of unconditional hyperparameters and two conditional ones.

    In each configuration one of the conditional ones is active.
    """
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
    """A result whose metrics look random, but are determined by the proposal."""
    if fails:
        return TrialResult(error="ValueError: this trial fails")
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
    """Runs a searcher until it proposes nothing any more.

    Args:
        searcher: A fresh searcher.
        at_once: Number of trials in flight.
        fails: Returns whether a trial fails, given its number.
        ends: Picks which of several trials in flight ends next, given their number.
        result: Returns the result of a proposal, given also whether it fails.

    Attributes:
        proposals: Proposals by number.
        results: Results by number.
        finished_before: For each trial, the trials that had ended when it was proposed.
        log: All calls of the searcher.
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
        self.log: list[Event] = []
        self._searcher = searcher
        self._result = result
        in_flight: list[int] = []
        while True:
            while len(in_flight) < at_once and self._ask():
                in_flight.append(len(self.proposals) - 1)
            if not in_flight:
                return
            number = in_flight.pop(ends(len(in_flight)))
            self._train(number, fails(number))

    def _ask(self) -> bool:
        number = len(self.proposals)
        assert number < 500, "this search doesn't end"
        proposal = self._searcher.ask(number)
        if proposal is None:
            return False
        self.log.append(("ask", number, proposal))
        self.proposals.append(proposal)
        self.finished_before.append(set(self.results))
        return True

    def _train(self, number: int, fails: bool) -> None:
        """Report the epochs of a trial that doesn't fail, and tell its result."""
        proposal = self.proposals[number]
        result = self._result(proposal, fails)
        if not fails and self._searcher.rungs:
            result = self._train_epochs(number, proposal)
        self.results[number] = result
        self.log.append(("tell", number, result))
        self._searcher.tell(number, result)

    def _train_epochs(self, number: int, proposal: Proposal) -> TrialResult:
        parent = None if proposal.parent is None else self.results[proposal.parent]
        first = 1 if parent is None else parent.epochs + 1
        for epoch in range(first, proposal.epochs + 1):
            result = self._result(replace(proposal, epochs=epoch), False)
            continues = self._searcher.report(number, epoch, result.metrics)
            self.log.append(("report", number, (epoch, result.metrics, continues)))
            if not continues:
                assert epoch in self._searcher.rungs
                break
        return result

    @property
    def configurations(self) -> list[Proposal]:
        """Proposals without promotions, and with folds only those of the first."""
        return [p for p in self.proposals if p.parent is None and not p.fold]


@pytest.fixture
def space() -> keras_tuner.HyperParameters:
    return make_space()


@pytest.fixture
def tiny_space() -> keras_tuner.HyperParameters:
    """A space of seven configurations."""
    hp = keras_tuner.HyperParameters()
    hp.Int("depth", 1, 7)
    return hp


@pytest.fixture
def make() -> Callable[..., Searcher]:
    """Make a searcher, by default over the space of ``make_space``.

    The name of the tuner may be followed by a schedule, as in ``random+asha``.
    """

    def make(
        name: str,
        *,
        trials: int = 5,
        epochs: int = 9,
        seed: int = 0,
        space: keras_tuner.HyperParameters | None = None,
        part_rungs: int = 0,
    ) -> Searcher:
        tuner, _, schedule = name.partition("+")
        cross_validates = searchers.TUNERS[tuner].cross_validates
        problem = SearchProblem(
            space=space or make_space(),
            budget=Budget(trials=trials, epochs=epochs),
            seed=seed,
            folds=make_folds(seed) if cross_validates else None,
            part_rungs=part_rungs,
        )
        return searchers.create(tuner, problem, schedule or None)

    return make


@pytest.fixture
def folds() -> Folds:
    return make_folds()


@pytest.fixture
def search() -> Callable[..., Search]:
    return Search
