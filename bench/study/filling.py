"""Searches for as long as there is time, where a time was asked for and no trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.records import Budget, StudyRecord, TrialRecord
from bench.searchers import SearchProblem
from bench.study import growth
from bench.study.context import RunContext
from bench.study.feedback import of_study
from bench.study.search import Search

STEP = Budget.trials
"""Number of trials by which a search goes on. Searchers that plan all trials, such as
Hyperband, make a plan for each step, so that the time never ends within a large one."""

MOST = 10 * STEP
"""Number of trials beyond which a search goes on only if it was asked for them. The
validation images choose the best among all, and with ever more trials by chance."""


def problem_for(problem: SearchProblem) -> SearchProblem:
    """The problem of a search that has time for all steps, as forecasts take it."""
    budget = replace(problem.budget, trials=MOST)
    return replace(problem, budget=budget, stages=tuple(range(STEP, MOST + 1, STEP)))


def search(
    context: RunContext, record: StudyRecord, stored: Mapping[int, TrialRecord]
) -> tuple[RunContext, StudyRecord, Search]:
    """Search to the end of the trials, and on while there is time if that was asked.

    Each step is an extension of the study, as by a command with more trials, so that a
    search that is killed goes on with the step in which it was.

    Args:
        context: Of the running study.
        record: The study.
        stored: Trials that the store holds already, by number.

    Returns:
        Context and study with as many trials as it came to, and the ended search.
    """
    running = Search(context, stored, of_study(context.prepared, record))
    running.run()
    while _goes_on(context, running):
        trials = min(MOST, context.prepared.spec.budget.trials + STEP)
        record = growth.with_more_trials(record, trials, context.store)
        prepared = growth.continued(context.prepared, record)
        context = replace(context, prepared=prepared)
        context.progress.search_extended(record)
        stored = {trial.number: trial for trial in context.store.trials(record.id)}
        running = Search(context, stored, of_study(prepared, record))
        running.run()
    running.say_how_it_ended()
    return context, record, running


def _goes_on(context: RunContext, search: Search) -> bool:
    spec = context.prepared.spec
    return spec.fills_time and spec.budget.trials < MOST and search.has_time
