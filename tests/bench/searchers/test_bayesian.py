"""Bayesian optimization, with trials that run in parallel and at several fidelities."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import keras_tuner
import pytest

from bench.records import Budget, Origin, Proposal, TrialResult, Value
from bench.searchers import Searcher, SearchProblem, create

Make = Callable[..., Searcher]

TRIALS = 20
SEEDS = range(20)
OPTIMUM = {"a": 0.2, "b": 0.7, "c": 0.35, "d": 0.85}


def score(values: Mapping[str, Value]) -> float:
    """1 at the optimum, less by the squared distance from it elsewhere."""
    return 1 - sum((values[name] - OPTIMUM[name]) ** 2 for name in OPTIMUM)


def make_result(proposal: Proposal, fails: bool = False) -> TrialResult:
    return TrialResult(metrics=metrics(score(proposal.hyperparameters)), epochs=1)


def metrics(accuracy: float) -> dict[str, float]:
    return {"validation_accuracy": accuracy, "validation_log_loss": 0.0}


def make_searcher(
    tuner: str, *, seed: int = 0, trials: int = TRIALS, schedule: str | None = None
) -> Searcher:
    space = keras_tuner.HyperParameters()
    for name in OPTIMUM:
        space.Float(name, 0.0, 1.0)
    budget = Budget(trials=trials, epochs=9 if schedule else 1)
    problem = SearchProblem(space=space, budget=budget, seed=seed)
    return create(tuner, problem, schedule)


def mean_regret(search: Callable, tuner: str, pending: int, seeds: Sequence) -> float:
    """Mean distance of the best score from 1, with some trials always in flight."""
    searches = (
        search(make_searcher(tuner, seed=seed), at_once=pending + 1, result=make_result)
        for seed in seeds
    )
    return 1 - fmean(
        max(score(proposal.hyperparameters) for proposal in done.proposals)
        for done in searches
    )


@pytest.mark.parametrize("pending", [0, 1, 5])
def test_proposals_avoid_trials_in_flight_and_come_from_the_model(
    pending: int, search: Callable
) -> None:
    done = search(make_searcher("bayesian"), at_once=pending + 1, result=make_result)
    origins = [proposal.origin for proposal in done.proposals]
    assert origins[0] is Origin.DEFAULT
    assert origins.count(Origin.MODEL) >= TRIALS // 2
    configurations = {str(proposal.hyperparameters) for proposal in done.proposals}
    assert len(configurations) == TRIALS


@pytest.mark.slow
def test_regret_in_parallel_stays_far_below_that_of_random_search(
    search: Callable,
) -> None:
    """With 2 workers one trial is in flight, with 8 a quarter of the trials."""
    random = mean_regret(search, "random", 0, SEEDS)
    serial, two, eight = (
        mean_regret(search, "bayesian", pending, SEEDS) for pending in (0, 1, 5)
    )
    assert two < 1.5 * serial
    assert eight < random / 2


def test_imputed_results_do_not_move_the_next_proposal_far(search: Callable) -> None:
    """Keras Tuner gave trials in flight a bad score, and so fled from good places."""
    few = range(4)
    random = mean_regret(search, "random", 0, few)
    assert mean_regret(search, "bayesian", 1, few) < random / 2


def test_model_learns_from_the_highest_rung_with_enough_scores() -> None:
    """Scores at the first rung mislead; those at the second one are right."""
    scores = {}
    for count in (4, 12):
        searcher = make_searcher("bayesian", trials=48)
        proposals = [searcher.ask(number).hyperparameters for number in range(12)]
        for number in range(12):
            searcher.tell(number, TrialResult(metrics=metrics(0.5), epochs=1))
        first = {number: -score(values) for number, values in enumerate(proposals)}
        second = {number: -first[number] for number in range(count)}
        searcher.learn_from([first, second, {}])
        proposal = searcher.ask(12)
        assert proposal.origin is Origin.MODEL
        scores[count] = score(proposal.hyperparameters)
    assert scores[12] > scores[4] + 0.3


def test_later_rungs_reach_the_model_of_a_schedule() -> None:
    told = []
    asha = make_searcher("bayesian", trials=12, schedule="asha")
    sampler = vars(asha)["_sampler"]
    learn_from = sampler.learn_from
    sampler.learn_from = lambda scores: (
        told.append([dict(rung) for rung in scores]),
        learn_from(scores),
    )
    number = 0
    while (proposal := asha.ask(number)) is not None:
        epoch = 0 if proposal.parent is None else (1, 3)[proposal.rung - 1]
        accuracy = score(proposal.hyperparameters)
        while epoch < proposal.epochs:
            epoch += 1
            if not asha.report(number, epoch, metrics(accuracy + 0.01 * epoch)):
                break
        result = TrialResult(metrics=metrics(accuracy + 0.01 * epoch), epochs=epoch)
        asha.tell(number, result)
        number += 1
    lowest, middle, highest = told[-1]
    assert len(lowest) == 12
    assert set(highest) <= set(middle) <= set(lowest)
    root = next(iter(middle))
    assert middle[root] == pytest.approx(lowest[root] + 0.02)
