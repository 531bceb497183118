"""Searches for as long as there is time, where a time was asked for and no trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.records import Budget, StudyRecord, TrialRecord
from bench.searchers import TUNERS, SearchProblem
from bench.study import growth
from bench.study.context import RunContext
from bench.study.feedback import of_study
from bench.study.search import Search

STEP = Budget.trials
"""Number of trials by which a search goes on whose searcher plans all trials, such as
Hyperband: so it makes another plan only once the first is done."""

MOST = 10 * STEP
"""Number of trials beyond which a search goes on only if it was asked for them. The
validation images choose the best among all, and with ever more trials by chance."""


def problem_for(problem: SearchProblem) -> SearchProblem:
    """The problem of a search that has time for all trials, as forecasts take it."""
    budget = replace(problem.budget, trials=MOST)
    return replace(problem, budget=budget, stages=tuple(range(STEP, MOST + 1, STEP)))


def search(
    context: RunContext, record: StudyRecord, stored: Mapping[int, TrialRecord]
) -> tuple[RunContext, StudyRecord, Search]:
    """Search to the end of the trials, and on while there is time if that was asked.

    It goes on as an extended study does, so that a search that is killed goes on with
    the step in which it was.

    Args:
        context: Of the running study.
        record: The study.
        stored: Trials that the store holds already, by number.

    Returns:
        Context and study with as many trials as it came to, and the ended search.
    """
    plans = TUNERS[record.spec.tuner].plans
    if not plans and _may_go_on(context, record):
        context, record = _extended(context, record, MOST)
    running = _searched(context, record, stored)
    while plans and _may_go_on(context, record) and running.has_time:
        context, record = _extended(context, record, record.most_trials + STEP)
        trials = context.store.trials(record.id)
        running = _searched(context, record, {trial.number: trial for trial in trials})
    running.say_how_it_ended()
    return context, record, running


def _may_go_on(context: RunContext, record: StudyRecord) -> bool:
    return context.prepared.spec.ends_by_time and record.most_trials < MOST


def _extended(
    context: RunContext, record: StudyRecord, trials: int
) -> tuple[RunContext, StudyRecord]:
    record = growth.with_more_trials(record, min(MOST, trials), context.store)
    prepared = growth.continued(context.prepared, record)
    return replace(context, prepared=prepared), record


def _searched(
    context: RunContext, record: StudyRecord, stored: Mapping[int, TrialRecord]
) -> Search:
    running = Search(context, stored, of_study(context.prepared, record))
    running.run()
    return running
