"""Puts the default configuration in place of the best one if it validates better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.records import Origin, Role, TrialRecord
from bench.records.run_off import DECIDED, is_default_better, outcome
from bench.records.selection import best_trial
from bench.study.context import RunContext
from bench.study.final_forecast import affordable_rounds


def comes_first(context: RunContext, best: TrialRecord, seeds: Sequence[int]) -> bool:
    """Whether both configurations are trained with the first seed before the others.

    Where time may be too short for all seeds of the default configuration they are
    compared by the first, unless the trainings would then take more rounds, or more
    than there is time for.

    Args:
        context: Of the running study.
        best: The best trial of its search.
        seeds: Of the final trainings.
    """
    prepared, workers = context.prepared, context.concurrency
    if context.time_budget.left is None or context.seeds_at_once > 1:
        return False
    if prepared.default in (None, best.proposal.hyperparameters) or prepared.folds:
        return False

    def rounds(trainings: int) -> int:
        return -(-trainings // workers)

    needed = rounds(2) + rounds(len(seeds) - 1)
    is_free = needed <= rounds(len(seeds))
    return is_free and needed <= affordable_rounds(context, best)


def decided(context: RunContext, best: TrialRecord) -> TrialRecord:
    """The trial whose configuration is the result of a study, by its final trainings.

    Args:
        context: Of the running study, whose final trainings are over.
        best: The trial whose configuration they trained.
    """
    store, spec = context.store, context.prepared.spec
    finals, defaults = (
        store.finals(context.study, role) for role in (Role.FINAL, Role.DEFAULT)
    )
    if not is_default_better(finals, defaults, spec.task_type):
        return best
    trials = store.trials(context.study)
    tried = [trial for trial in trials if trial.proposal.origin is Origin.DEFAULT]
    record, chosen = store.study(context.study), best_trial(tried, spec)
    if record is None or chosen is None:
        return best
    record = replace(record, chosen=chosen.number)
    store.change_roles(record, DECIDED)
    context.progress.remarks(outcome(best.number, finals, defaults, spec.task_type))
    return chosen
