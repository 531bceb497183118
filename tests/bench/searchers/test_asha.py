"""Asynchronous successive halving, without any training: time is counted in epochs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import searchers
from bench.errors import UsageError
from bench.records import CLASSIFICATION, GOALS, Budget, Proposal, TrialResult
from bench.searchers.asha import Asha, rung_epochs
from tests.bench.searchers.conftest import make_space

EPOCHS = 27
GOAL = GOALS[CLASSIFICATION]


def metrics(root: int, epoch: int) -> dict[str, float]:
    """A curve that rises to a level of the configuration's own."""
    level = random.Random(root).random()
    return {
        "validation_accuracy": level * epoch / (epoch + 1),
        "validation_log_loss": 1.0,
    }


@dataclass
class Simulation:
    """Workers that train one epoch a turn, in an order of chance.

    Attributes:
        epochs: That each trial trained, its parent's included.
        curves: Root, rung epoch and score in the order in which they were reported.
    """

    searcher: Asha
    workers: int
    seed: int = 0
    fails: frozenset[int] = frozenset()
    proposals: list[Proposal] = field(default_factory=list)
    epochs: dict[int, int] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)
    log: list[tuple] = field(default_factory=list)

    def run(self) -> Simulation:
        draw, running = random.Random(self.seed), []
        while True:
            while len(running) < self.workers and self._ask(running):
                pass
            if not running:
                return self
            number = draw.choice(running)
            if not self._train(number):
                running.remove(number)

    def _ask(self, running: list[int]) -> bool:
        number = len(self.proposals)
        proposal = self.searcher.ask(number)
        if proposal is None:
            return False
        self.proposals.append(proposal)
        parent = proposal.parent
        self.roots[number] = number if parent is None else self.roots[parent]
        self.epochs[number] = 0 if parent is None else self.epochs[parent]
        self.log.append(("ask", number, proposal))
        running.append(number)
        return True

    def _train(self, number: int) -> bool:
        """One epoch; whether the trial goes on."""
        root = self.roots[number]
        self.epochs[number] += 1
        epoch = self.epochs[number]
        found = metrics(root, epoch)
        goes_on = self.searcher.report(number, epoch, found)
        self.log.append(("report", number, epoch, found))
        fails = root in self.fails and epoch == 2
        if fails or not goes_on or epoch == self.proposals[number].epochs:
            result = TrialResult(
                metrics={} if fails else found,
                epochs=epoch,
                error="it failed" if fails else None,
            )
            self.log.append(("tell", number, result))
            self.searcher.tell(number, result)
            return False
        return True


@pytest.fixture
def asha(make: Callable) -> Callable[..., Asha]:
    def asha(trials: int = 27, tuner: str = "random") -> Asha:
        sampler = make(tuner, trials=trials, epochs=EPOCHS)
        return Asha(sampler, Budget(trials=trials, epochs=EPOCHS), GOAL)

    return asha


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(50, (2, 6, 17)), (27, (1, 3, 9)), (20, (2, 7)), (3, (1,)), (2, ()), (1, ())],
)
def test_rungs_are_thirds_of_thirds(epochs: int, expected: tuple[int, ...]) -> None:
    assert rung_epochs(epochs) == expected


@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
def test_every_sampler_gets_its_trials(asha: Callable, tuner: str) -> None:
    done = Simulation(asha(12, tuner), workers=2).run()
    assert sum(p.parent is None for p in done.proposals) == 12


@settings(max_examples=25, deadline=None)
@given(workers=st.integers(1, 5), seed=st.integers(0, 99), trials=st.integers(1, 30))
def test_promises_of_asynchronous_halving(workers: int, seed: int, trials: int) -> None:
    budget = Budget(trials=trials, epochs=EPOCHS)
    sampler = searchers.create("random", make_space(), budget, 0)
    done = Simulation(Asha(sampler, budget, GOAL), workers, seed).run()
    parents = [p.parent for p in done.proposals if p.parent is not None]
    assert len(set(parents)) == len(parents)
    for number, proposal in enumerate(done.proposals):
        if proposal.parent is not None:
            # It goes on where its parent was paused, with the same configuration.
            assert done.epochs[proposal.parent] in rung_epochs(EPOCHS)
            assert done.epochs[number] > done.epochs[proposal.parent]
            root = done.proposals[done.roots[number]]
            assert proposal.hyperparameters == root.hyperparameters
    reached = {
        rung: {r for n, r in done.roots.items() if done.epochs[n] >= rung}
        for rung in (1, 3, 9, EPOCHS)
    }
    assert len(reached[1]) == trials
    for low, high in ((1, 3), (3, 9), (9, EPOCHS)):
        assert reached[high] <= reached[low]
    assert reached[EPOCHS], "somebody is trained to the end"
    # The best of all reaches the end, since curves do not cross here.
    best = max(
        range(trials),
        key=lambda n: metrics(roots_by_order(done)[n], 1)["validation_accuracy"],
    )
    assert roots_by_order(done)[best] in reached[EPOCHS]


def roots_by_order(done: Simulation) -> list[int]:
    return [n for n, p in enumerate(done.proposals) if p.parent is None]


def test_most_trials_are_stopped_early(asha: Callable) -> None:
    done = Simulation(asha(27), workers=2).run()
    spent = sum(
        done.epochs[n] - (0 if p.parent is None else done.epochs[p.parent])
        for n, p in enumerate(done.proposals)
    )
    assert spent < 27 * EPOCHS / 3


def test_no_worker_ever_waits_for_a_straggler(asha: Callable) -> None:
    """With one trial stuck in its first epoch, all others are searched and paused."""
    searcher = asha(9)
    assert searcher.ask(0) is not None
    searcher_done = 0
    for number in range(1, 40):
        proposal = searcher.ask(number)
        if proposal is None:
            break
        searcher_done += 1
        epoch = 1 if proposal.parent is None else (1, 3, 9, 27)[proposal.rung]
        while searcher.report(number, epoch, metrics(number, epoch)):
            if epoch == 27:
                break
            epoch *= 3
        searcher.tell(number, TrialResult(metrics=metrics(number, epoch), epochs=epoch))
    assert searcher_done >= 8


def test_failed_trials_leave_their_rungs(asha: Callable) -> None:
    done = Simulation(asha(9), workers=1, fails=frozenset(range(40))).run()
    assert all(p.parent is None for p in done.proposals[:3])
    assert max(done.epochs.values()) <= 2


def test_resumed_search_goes_on_as_it_was(asha: Callable) -> None:
    done = Simulation(asha(), workers=3, seed=4).run()
    again = asha()
    for kind, number, *rest in done.log:
        if kind == "ask":
            again.resume(number, rest[0])
        elif kind == "report":
            again.report(number, *rest)
        else:
            again.tell(number, *rest)
    assert vars(again)["_scores"] == vars(done.searcher)["_scores"]
    assert again.ask(len(done.proposals)) is None


@pytest.mark.parametrize("tuner", ["hyperband", "one-epoch"])
def test_tuner_with_epochs_of_its_own_takes_no_schedule(tuner: str) -> None:
    with pytest.raises(UsageError, match=f"random, bayesian, grid.*{tuner!r}"):
        searchers.check_schedule("asha", tuner)


def test_unknown_schedule_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'asah'.*asha"):
        searchers.check_schedule("asah", "random")
