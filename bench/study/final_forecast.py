"""Forecasts of what final trainings take, their tests included."""

from __future__ import annotations

from collections.abc import Mapping

from bench.records import Budget, TrialRecord, Value
from bench.study.context import RunContext
from bench.study.features_forecast import features_of
from bench.study.schedule_in_time import SHARE
from bench.training.final import latency_seconds

Hyperparameters = Mapping[str, Value]

MIN_SHARE = 0.5
"""Minimum share of the epochs to the best one of the search, and of the time of other
seeds, that a seed must be able to train; where time is too short for that, fewer seeds
are trained."""

NETWORK_SECONDS = 4.5
"""Seconds in which a worker builds a frozen network and traces the whole model for its
first test, as measured of MobileNetV2 on two cores. Trials need the features only."""


def reserve_for_finals(context: RunContext, best: TrialRecord) -> None:
    """Reserve the time that the final trainings of the best trial will take.

    Args:
        context: Of the running study.
        best: The best trial so far.
    """
    budget = context.prepared.spec.budget
    if best.result is None or budget.seconds is None:
        return
    winner, default = best.proposal.hyperparameters, context.prepared.default
    tested = [winner] if default in (None, winner) else [winner, default]
    members = max(0, context.timed_members - 1)
    trainings = context.timed_seeds * len(tested) + members
    rounds = -(-trainings // context.concurrency)
    context.time_budget.reserve(
        final_seconds(context, winner, expected_epochs(best, budget) / SHARE) * rounds
        + missing_features_seconds(context, tested)
    )


def expected_epochs(trial: TrialRecord, budget: Budget) -> int:
    """Epochs that a final training of a trial's configuration is expected to take."""
    # The best epoch of a trial that ended at a lower fidelity isn't known.
    if trial.result is None or trial.proposal.epochs != budget.epochs:
        return budget.epochs
    # Patience may have counted later, and time may have ended the trial earlier.
    ended = max(trial.result.epochs, trial.result.best_epoch + budget.patience)
    return min(budget.epochs, ended)


def final_seconds(
    context: RunContext, hyperparameters: Hyperparameters, epochs: float
) -> float:
    """Seconds of a final training of so many epochs and of its test."""
    training = context.forecast.training(hyperparameters, epochs)
    return training + testing_seconds(context, hyperparameters)


def affordable_rounds(context: RunContext, best: TrialRecord) -> int:
    """How often each worker has time for a final training that says something.

    Args:
        context: Of the running study, which has a time.
        best: The best trial of its search.
    """
    assert context.time_budget.left is not None
    reached = 0 if best.result is None else best.result.best_epoch
    epochs = max(1.0, MIN_SHARE * reached)
    seconds = final_seconds(context, best.proposal.hyperparameters, epochs)
    return max(0, int(context.time_budget.left / max(seconds, 1e-9)))


def testing_seconds(context: RunContext, hyperparameters: Hyperparameters) -> float:
    """Seconds that a final training takes after its last epoch."""
    prepared = context.prepared
    validation = context.forecast.validation(hyperparameters)
    pace = validation / max(1, len(prepared.task.validation))
    tested = features_of(context, hyperparameters)[:1]
    of_network = sum(features.seconds_an_image() or 0.0 for features in tested)
    return len(prepared.task.test) * pace + latency_seconds(pace + of_network)


def missing_features_seconds(
    context: RunContext, configurations: list[Hyperparameters]
) -> float:
    """Seconds for features of test images by the frozen networks of configurations."""
    needed = {}
    for hyperparameters in configurations:
        for features in features_of(context, hyperparameters)[:1]:
            if features.missing_test_images:
                seconds = NETWORK_SECONDS + features.test_seconds()
                needed[features.extractor.name] = seconds
    return sum(needed.values())
