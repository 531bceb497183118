"""Hyperband: sizes of brackets, and promotions of the best trials."""

import math
from collections import defaultdict
from collections.abc import Callable

import keras_tuner
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import searchers
from bench.records import CLASSIFICATION, TASK_TYPES, Budget, Proposal, TrialResult
from bench.searchers import MAX_RUNGS, Searcher, SearchProblem
from bench.searchers.hyperband import bracket_sizes

TASK_TYPE = TASK_TYPES[CLASSIFICATION]
Make = Callable[..., Searcher]
quick = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
budgets = {"trials": st.integers(1, 60), "epochs": st.integers(1, 81)}


def check_promotions(done, epochs: int) -> None:
    """Check that only the best of the ended trials were promoted, to all epochs."""
    children = defaultdict(list)
    for number, proposal in enumerate(done.proposals):
        if proposal.parent is None:
            assert proposal.rung == 0
            continue
        parent = done.proposals[proposal.parent]
        assert proposal.parent in done.finished_before[number]
        assert proposal.bracket == parent.bracket
        assert proposal.rung == parent.rung + 1
        assert proposal.hyperparameters == parent.hyperparameters
        assert parent.epochs < proposal.epochs <= 3 * parent.epochs
        children[proposal.bracket, parent.rung].append(proposal.parent)
    for (bracket, rung), promoted in children.items():
        members = [
            number
            for number, p in enumerate(done.proposals)
            if (p.bracket, p.rung) == (bracket, rung)
        ]
        assert len(set(promoted)) == len(promoted)
        assert len(promoted) <= max(1, len(members) / 2)
        scores = sorted(
            (TASK_TYPE.score(done.results[n].metrics) for n in members), reverse=True
        )
        worst = min(TASK_TYPE.score(done.results[n].metrics) for n in promoted)
        assert worst >= scores[len(promoted) - 1]
    for bracket in {p.bracket for p in done.proposals}:
        last = [p for p in done.proposals if p.bracket == bracket][-1]
        assert last.rung == bracket
        assert last.epochs == epochs


@quick
@given(**budgets, at_once=st.integers(1, 5), data=st.data())
def test_any_budget_ends_with_the_best_at_full_epochs(
    trials: int,
    epochs: int,
    at_once: int,
    data: st.DataObject,
    make: Make,
    search: Callable,
) -> None:
    order = data.draw(st.randoms(use_true_random=False))
    done = search(
        make("hyperband", trials=trials, epochs=epochs),
        at_once=at_once,
        ends=order.randrange,
    )
    assert len(done.configurations) == trials
    assert len(done.results) == len(done.proposals)
    check_promotions(done, epochs)


@quick
@given(**budgets, at_once=st.integers(1, 5), every=st.integers(1, 5))
def test_any_budget_ends_though_trials_fail(
    trials: int, epochs: int, at_once: int, every: int, make: Make, search: Callable
) -> None:
    done = search(
        make("hyperband", trials=trials, epochs=epochs),
        at_once=at_once,
        fails=lambda number: number % every == 0,
    )
    assert len(done.configurations) == trials
    for proposal in done.proposals:
        if proposal.parent is not None:
            assert done.results[proposal.parent].error is None


@pytest.mark.parametrize("at_once", [1, 3])
def test_space_smaller_than_the_budget_still_promotes(
    at_once: int, make: Make, search: Callable, tiny_space: keras_tuner.HyperParameters
) -> None:
    done = search(
        make("hyperband", trials=20, epochs=9, space=tiny_space), at_once=at_once
    )
    assert len(done.configurations) == 7
    assert {p.epochs for p in done.proposals} == {1, 3, 9}
    check_promotions(done, epochs=9)


def test_default_budget_reaches_50_epochs_in_every_bracket(
    make: Make, search: Callable
) -> None:
    done = search(make("hyperband", trials=20, epochs=50))
    rungs = defaultdict(list)
    for proposal in done.proposals:
        rungs[proposal.bracket].append(proposal.epochs)
    sizes = bracket_sizes(20, 50)
    assert {bracket: set(epochs) for bracket, epochs in rungs.items()} == {
        3: {2, 6, 17, 50},
        2: {6, 17, 50},
        1: {17, 50},
        0: {50},
    }
    for bracket, epochs in rungs.items():
        assert epochs.count(min(epochs)) == sizes[bracket]


def test_rungs_on_parts_have_the_epochs_of_the_lowest_one_on_all_images(
    make: Make, search: Callable
) -> None:
    done = search(make("hyperband", trials=20, epochs=20, part_rungs=2), at_once=3)
    rungs = defaultdict(set)
    for proposal in done.proposals:
        rungs[proposal.bracket].add((round(1 / proposal.image_share), proposal.epochs))
    full = {(1, 20)}
    assert rungs == {
        0: full,
        1: full | {(1, 7)},
        2: full | {(1, 7), (1, 3)},
        3: full | {(1, 7), (1, 3), (3, 3)},
        4: full | {(1, 7), (1, 3), (3, 3), (9, 3)},
    }
    assert len(done.configurations) == 20
    first = done.proposals[0]
    assert (round(1 / first.image_share), first.rung, first.parent) == (9, 0, None)


def test_trial_is_promoted_by_the_tie_breaker_where_accuracies_are_equal(
    make: Make, search: Callable
) -> None:
    def result(proposal: Proposal, fails: bool) -> TrialResult:
        log_loss = 1.0 if proposal.hyperparameters["optimizer"] == "sgd" else 2.0
        metrics = {"validation_accuracy": 0.5, "validation_log_loss": log_loss}
        return TrialResult(metrics=metrics, best_epoch=1, epochs=1)

    done = search(make("hyperband", trials=9, epochs=9), result=result)
    first = [p for p in done.proposals if (p.bracket, p.rung) == (2, 0)]
    assert {"adam", "sgd"} == {p.hyperparameters["optimizer"] for p in first}
    (promoted,) = [p for p in done.proposals if (p.bracket, p.rung) == (2, 1)]
    assert promoted.hyperparameters["optimizer"] == "sgd"


@given(trials=st.integers(1, 500), epochs=st.integers(1, 1000))
def test_bracket_sizes_add_up_to_the_trials(trials: int, epochs: int) -> None:
    sizes = bracket_sizes(trials, epochs)
    assert sum(sizes) == trials
    assert min(sizes) >= 1
    powers = range(1, MAX_RUNGS + 1)
    max_brackets = 1 + sum(3**power <= epochs for power in powers)
    assert len(sizes) == min(max_brackets, trials)
    assert len(sizes) <= math.log(epochs, 3) + 1 + 1e-9


def test_without_rungs_every_configuration_is_trained_fully(
    search: Callable, space: keras_tuner.HyperParameters
) -> None:
    budget = Budget(trials=5, epochs=50)
    problem = SearchProblem(space=space, budget=budget, seed=0, max_rungs=0)
    done = search(searchers.create("hyperband", problem))
    assert [proposal.epochs for proposal in done.proposals] == [50] * 5


@given(trials=st.integers(50, 500), epochs=st.integers(3, 300))
def test_more_aggressive_brackets_start_more(trials: int, epochs: int) -> None:
    sizes = bracket_sizes(trials, epochs)
    assert sizes == sorted(sizes)
