"""What follows the search of a study: which trial won, and the final trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.errors import WriteError
from bench.records import StudyRecord, TrialRecord
from bench.records.selection import tested_trial
from bench.study import failures, growth, kept_names, model_keeping, run_off
from bench.study.context import RunContext
from bench.study.finals import Finals
from bench.study.members import Members


def finish(context: RunContext, record: StudyRecord) -> None:
    """Train and test the winner of an ended search, and what is compared with it.

    Args:
        context: Of the running study.
        record: The study.

    Raises:
        StudyError: No trial finished, or a final training failed.
    """
    best = _best(context, record)
    if record.tested is not None:
        is_same = growth.settle(record, best, context.store, context.time_budget.left)
        context.progress.remarks(_settled(context, record, best, is_same))
    _train_finals(context, best)


def _best(context: RunContext, record: StudyRecord) -> TrialRecord:
    """The trial whose configuration is trained and tested.

    Raises:
        StudyError: No trial finished.
    """
    trials = context.store.trials(context.study)
    best = tested_trial(replace(record, tested=None), trials)
    if best is None:
        ended = [trial for trial in trials if trial.result is not None]
        failed = [trial for trial in ended if trial.is_failure] or ended
        raise failures.all_failed(failed, len(failed), context.prepared.spec.family)
    return best


def _settled(
    context: RunContext, record: StudyRecord, best: TrialRecord, is_same: bool
) -> str:
    """What became of the tests of a search that was extended."""
    if not is_same:
        return (
            f"trial {best.number} is better than trial {record.tested}, which was "
            "tested before: it is trained and tested in its place"
        )
    stands = bool(context.store.finals(context.study))
    then = "its tests stand" if stands else "it is trained again, for longer"
    return f"trial {best.number} is still the best; {then}"


def _train_finals(context: RunContext, best: TrialRecord) -> None:
    """Train what shares the time of the budget, then what was asked for later."""
    spec, left = context.prepared.spec, context.time_budget.left
    seeds, members = spec.final_seeds[: context.timed_seeds], context.timed_members
    if left is None or (len(seeds), members) == (spec.seeds, spec.ensemble):
        _compare(context, best, spec.final_seeds)
        Members(context, spec.ensemble).run()
        return
    if left > 0:
        best = _compare(context, best, seeds)
        Members(context, members).run()
    context.time_budget.lift()
    context.progress.remarks(
        "what was asked for later doesn't count against --time; seeds are trained for "
        "as long as the others were"
    )
    _compare(context, best, spec.final_seeds)
    if spec.ensemble > members:
        Members(context, spec.ensemble).run()


def _compare(
    context: RunContext, best: TrialRecord, seeds: Sequence[int]
) -> TrialRecord:
    """Train the best configuration and the default one; the better one of them."""
    if run_off.comes_first(context, best, seeds):
        best = _train(context, best, seeds[:1], later=len(seeds) - 1)
    return _train(context, best, seeds)


def _train(
    context: RunContext, best: TrialRecord, seeds: Sequence[int], later: int = 0
) -> TrialRecord:
    describe_models(context, best)
    Finals(context, best, seeds, later=later).run()
    winner = run_off.decided(context, best)
    if winner is not best:
        describe_models(context, winner)
    return winner


def describe_models(context: RunContext, winner: TrialRecord) -> None:
    """Name kept models by their roles, and write what they are.

    The study goes on if that can't be written.

    Args:
        context: Of the running study.
        winner: The trial whose configuration is the best.
    """
    store, record = context.store, context.store.study(context.study)
    assert record is not None
    try:
        kept_names.follow(store.folder, record)
        model_keeping.begin(
            store.folder, context.prepared, winner.proposal.hyperparameters
        )
    except WriteError as error:
        context.progress.remarks(f"the models are not kept: {error}")
