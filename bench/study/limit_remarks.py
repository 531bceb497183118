"""What is said of the time that a search has, lacks or leaves."""

from __future__ import annotations

from bench.records import TrialRecord
from bench.records.durations import duration, exact
from bench.records.wording import counted
from bench.study.context import RunContext


def option(context: RunContext) -> str:
    """The option that limits the time of a study, as it was given."""
    seconds = context.prepared.spec.budget.seconds
    return "--time" if seconds is None else f"--time {exact(seconds)}"


def say_what_was_too_long(context: RunContext, left_out: int, trials: int) -> None:
    """Say how many trials did not start, in a search that came to its end."""
    context.progress.remarks(
        f"{left_out} of {counted(trials, 'trial')} would not have ended within "
        f"{option(context)}, and were left out"
    )


def say_what_time_is_left(context: RunContext, trials: int) -> None:
    """Say that more trials would have had time, if most of it is left for them."""
    budget = context.time_budget
    seconds, left = context.prepared.spec.budget.seconds, budget.left
    if seconds and left and left - budget.reserved > seconds / 2:
        context.progress.remarks(
            f"the search ended after {counted(trials, 'trial')}, with "
            f"{duration(left)} of --time left: more --trials would use it"
        )


def say_what_was_reserved(context: RunContext) -> None:
    """Say why a search that went on started no trial, and what would help."""
    budget = context.time_budget
    if budget.left:
        context.progress.remarks(
            f"{duration(budget.left)} are left, and final trainings of another "
            f"winner would take about {duration(budget.reserved)}: no trial was "
            "started; give more time"
        )


def say_epoch(context: RunContext, trial: TrialRecord) -> None:
    """Say that there is no time for an epoch of a trial."""
    prepared, values = context.prepared, trial.proposal.hyperparameters
    context.progress.remarks(
        f"{option(context)} is too short for an epoch of {prepared.spec.family}, "
        f"which takes about {duration(context.forecast.epoch(values))}: trials end "
        "within their first epoch, and a final training takes a whole one"
    )
