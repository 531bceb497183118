"""Asynchronous successive halving, without training: time is counted in epochs."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import searchers
from bench.errors import UsageError
from bench.records import Budget, Proposal, TrialResult
from bench.searchers import SearchProblem
from bench.searchers.asha import Asha, rung_epochs
from tests.bench.searchers.conftest import make_space

EPOCHS = 27


def metrics(root: int, epoch: int) -> dict[str, float]:
    """A learning curve that rises to a level determined by the configuration."""
    level = random.Random(root).random()
    return {
        "validation_accuracy": level * epoch / (epoch + 1),
        "validation_log_loss": 1.0,
    }


@dataclass
class Simulation:
    """Workers that train one epoch at a time, in random order.

    Attributes:
        searcher: A fresh searcher.
        workers: Number of workers.
        seed: Seed of the order.
        fails: First trials of the configurations that fail in their second epoch.
        proposals: Proposals by number.
        epochs: Number of epochs of each trial, its parents' included.
        roots: First trial of the configuration of each trial.
        log: All calls of the searcher.
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
        is_new = parent is None or self.proposals[parent].is_on_part
        self.epochs[number] = 0 if is_new else self.epochs[parent]
        self.log.append(("ask", number, proposal))
        running.append(number)
        return True

    def _train(self, number: int) -> bool:
        """Train one epoch; return whether the trial continues."""
        root = self.roots[number]
        self.epochs[number] += 1
        epoch = self.epochs[number]
        values = metrics(root, epoch)
        continues = self.searcher.report(number, epoch, values)
        self.log.append(("report", number, epoch, values))
        fails = root in self.fails and epoch == 2
        if fails or not continues or epoch == self.proposals[number].epochs:
            result = TrialResult(
                metrics={} if fails else values,
                epochs=epoch,
                error="this trial fails" if fails else None,
            )
            self.log.append(("tell", number, result))
            self.searcher.tell(number, result)
            return False
        return True


def make_asha(trials: int = 27, tuner: str = "random", part_rungs: int = 0) -> Asha:
    problem = SearchProblem(
        space=make_space(),
        budget=Budget(trials=trials, epochs=EPOCHS),
        seed=0,
        part_rungs=part_rungs,
    )
    return Asha(searchers.create(tuner, problem), problem)


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        (200, (7, 22, 67)),
        (81, (3, 9, 27)),
        (50, (2, 6, 17)),
        (27, (1, 3, 9)),
        (20, (2, 7)),
        (3, (1,)),
        (2, ()),
        (1, ()),
    ],
)
def test_rungs_are_thirds_of_thirds(epochs: int, expected: tuple[int, ...]) -> None:
    assert rung_epochs(epochs) == expected


@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
def test_every_sampler_gets_its_trials(tuner: str) -> None:
    done = Simulation(make_asha(12, tuner), workers=2).run()
    assert sum(p.parent is None for p in done.proposals) == 12


@settings(max_examples=25, deadline=None)
@given(workers=st.integers(1, 5), seed=st.integers(0, 99), trials=st.integers(1, 30))
def test_promises_of_asynchronous_halving(workers: int, seed: int, trials: int) -> None:
    done = Simulation(make_asha(trials), workers, seed).run()
    parents = [p.parent for p in done.proposals if p.parent is not None]
    assert len(set(parents)) == len(parents)
    for number, proposal in enumerate(done.proposals):
        if proposal.parent is not None:
            # It continues its parent from a rung, with the same configuration.
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
    # The best configuration is trained to the end, since curves do not cross here.
    roots = [n for n, p in enumerate(done.proposals) if p.parent is None]
    best = max(roots, key=lambda root: metrics(root, 1)["validation_accuracy"])
    assert best in reached[EPOCHS]


def test_most_trials_are_stopped_early() -> None:
    done = Simulation(make_asha(27), workers=2).run()
    spent = sum(
        done.epochs[n] - (0 if p.parent is None else done.epochs[p.parent])
        for n, p in enumerate(done.proposals)
    )
    assert spent < 27 * EPOCHS / 3


def test_no_worker_waits_for_a_slow_trial() -> None:
    """While the first trial is in its first epoch, all others are trained."""
    searcher = make_asha(9)
    assert searcher.ask(0) is not None
    trained = 0
    for number in range(1, 40):
        proposal = searcher.ask(number)
        if proposal is None:
            break
        trained += 1
        epoch = 1 if proposal.parent is None else (1, 3, 9, 27)[proposal.rung]
        while searcher.report(number, epoch, metrics(number, epoch)):
            if epoch == 27:
                break
            epoch *= 3
        searcher.tell(number, TrialResult(metrics=metrics(number, epoch), epochs=epoch))
    assert trained >= 8


def test_failed_trials_leave_their_rungs() -> None:
    done = Simulation(make_asha(9), workers=1, fails=frozenset(range(40))).run()
    assert all(p.parent is None for p in done.proposals[:3])
    assert max(done.epochs.values()) <= 2


@pytest.mark.parametrize("part_rungs", [0, 2])
@pytest.mark.parametrize("part", [0.3, 0.6, 1.0])
def test_resumed_search_continues_as_it_would_have(
    part: float, part_rungs: int
) -> None:
    """The first part of the calls is replayed, the rest is asked again."""
    done = Simulation(make_asha(part_rungs=part_rungs), workers=3, seed=4).run()
    resumed = make_asha(part_rungs=part_rungs)
    cut = round(part * len(done.log))
    for index, (call, number, *rest) in enumerate(done.log):
        if call == "ask":
            is_replayed = index < cut
            proposal = (
                resumed.resume(number, rest[0]) if is_replayed else resumed.ask(number)
            )
            assert proposal == rest[0]
        elif call == "report":
            resumed.report(number, *rest)
        else:
            resumed.tell(number, *rest)
    assert vars(resumed)["_scores"] == vars(done.searcher)["_scores"]
    assert resumed.ask(len(done.proposals)) is None


def test_configurations_are_compared_on_parts_before_they_train_on_all_images() -> None:
    done = Simulation(make_asha(27, part_rungs=2), workers=2).run()
    shares = [round(1 / p.image_share) for p in done.proposals]
    roots = [shares[n] for n, p in enumerate(done.proposals) if p.parent is None]
    assert roots == [9] * 27
    for number, proposal in enumerate(done.proposals):
        if proposal.is_on_part:
            assert done.epochs[number] == proposal.epochs == 1
        elif shares[proposal.parent] == 3:
            assert proposal.epochs == EPOCHS
            assert done.log.count(("report", number, 1, metrics(done.roots[number], 1)))
        if proposal.parent is not None and shares[number] > 1:
            assert shares[proposal.parent] == 3 * shares[number]
    assert 3 <= shares.count(3) <= 27 / 3 + 1
    assert max(done.epochs.values()) == EPOCHS


def test_scores_on_parts_are_not_mixed_with_those_on_all_images() -> None:
    asha = make_asha(9, part_rungs=1)
    for number, accuracy in enumerate((0.9, 0.8, 0.7)):
        assert asha.ask(number).is_on_part
        assert asha.report(number, 1, curve_point(accuracy))
        asha.tell(number, TrialResult(metrics=curve_point(accuracy), epochs=1))
    promoted = asha.ask(3)
    assert (promoted.parent, promoted.is_on_part) == (0, False)
    asha.report(3, 1, curve_point(0.4))
    on_part, on_all, *_ = vars(asha)["_scores"]
    assert on_part == pytest.approx({0: 0.9, 1: 0.8, 2: 0.7}, abs=1e-4)
    assert on_all == pytest.approx({0: 0.4}, abs=1e-4)


@pytest.mark.parametrize("tuner", ["hyperband", "one-epoch"])
def test_tuner_that_decides_on_epochs_takes_no_schedule(tuner: str) -> None:
    with pytest.raises(UsageError, match=f"random, bayesian, grid.*{tuner!r}"):
        searchers.check_schedule("asha", tuner)


def test_unknown_schedule_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'asah'.*asha"):
        searchers.check_schedule("asah", "random")


def curve_point(accuracy: float) -> dict[str, float]:
    return {"validation_accuracy": accuracy, "validation_log_loss": 1.0}


def test_first_trials_at_a_rung_wait_until_three_can_be_compared() -> None:
    asha = make_asha()
    for number, accuracy in enumerate((0.9, 0.8)):
        assert asha.ask(number) is not None
        assert not asha.report(number, 1, curve_point(accuracy))
        asha.tell(number, TrialResult(metrics=curve_point(accuracy), epochs=1))
    new = asha.ask(2)
    assert new is not None
    assert new.parent is None
    assert not asha.report(2, 1, curve_point(0.7))
    asha.tell(2, TrialResult(metrics=curve_point(0.7), epochs=1))
    promoted = asha.ask(3)
    assert promoted is not None
    assert promoted.parent == 0


def test_failed_trial_loses_its_place_at_the_rung() -> None:
    asha = make_asha()
    scores = (0.3, 0.2, 0.9, 0.1)
    for number in range(4):
        assert asha.ask(number) is not None
    for number in (0, 1):
        assert not asha.report(number, 1, curve_point(scores[number]))
        asha.tell(number, TrialResult(metrics=curve_point(scores[number]), epochs=1))
    assert asha.report(2, 1, curve_point(scores[2]))
    asha.tell(2, TrialResult(error="this trial fails"))
    assert not asha.report(3, 1, curve_point(scores[3]))
    asha.tell(3, TrialResult(metrics=curve_point(scores[3]), epochs=1))
    # The best of the three that are left.
    promoted = asha.ask(4)
    assert promoted is not None
    assert promoted.parent == 0
