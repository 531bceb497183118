"""A study from its first trial to its last test, in as many sittings as it takes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import replace

from bench.errors import StudyError
from bench.records import StudyRecord, StudyState
from bench.searchers.asha import Asha
from bench.store import Store
from bench.study import fid_reference as fid_features
from bench.study.context import Sitting
from bench.study.feedback import AsynchronousSearch
from bench.study.finals import Finals
from bench.study.prepare import Crew, Plan
from bench.study.progress import Display
from bench.study.search import Search
from bench.study.time_budget import BudgetClock
from bench.training import backend

CACHE = "cache"
"""Folder beside the store, of what frozen networks compute; it stays."""

SCRATCH = "scratch"
"""Folder beside the store; a study's part of it goes when the study is over."""


def run(
    plan: Plan,
    store: Store,
    display: Display,
    *,
    crew: Crew,
    fresh: bool = False,
) -> None:
    """Run a study, or what is left of it; a finished one is left alone.

    Args:
        plan: What to run.
        store: Where every event is recorded as it happens.
        display: Is told what happens.
        crew: Who trains.
        fresh: Forget what the store holds of this study, and start over.

    Raises:
        StudyError: The first trials all failed, or a final training did.
        KeyboardInterrupt: As it came; what is finished is kept.
    """
    known = store.study(plan.id)
    if known is not None and (fresh or known.state is StudyState.FAILED):
        store.remove_study(plan.id)
        known = None
    if known is not None and known.state is StudyState.FINISHED:
        display.already_finished(known)
        return
    started = time.perf_counter()
    features = fid_features.prepare(plan, store, store.folder / CACHE, display)
    spent = time.perf_counter() - started
    if known is None:
        known = _begin(plan, store, crew.lookahead(plan), features)
    fid_features.check_same(known, features)
    if features:  # which took their part of the budget
        store.add_seconds(plan.id, spent)
        known = replace(known, seconds=known.seconds + spent)
    _sit(plan, store, display, known, crew)


def _begin(
    plan: Plan, store: Store, lookahead: int, features: Mapping[str, str]
) -> StudyRecord:
    _remove_scratch(store, plan.id)
    store.add_task(plan.task.record, plan.task.samples())
    record = StudyRecord(
        id=plan.id,
        spec=plan.spec,
        task=plan.task.record,
        state=StudyState.UNFINISHED,
        created=time.time(),
        lookahead=lookahead,
        versions={**backend.versions(plan.spec.backend), **features},
    )
    store.add_study(record)
    return record


def _remove_scratch(store: Store, study: str) -> None:
    shutil.rmtree(store.folder / SCRATCH / study, ignore_errors=True)


def _sit(
    plan: Plan, store: Store, display: Display, record: StudyRecord, crew: Crew
) -> None:
    scratch = store.folder / SCRATCH / plan.id
    sitting = Sitting(
        plan=plan,
        store=store,
        display=display,
        clock=BudgetClock(plan.spec.budget.seconds, record.seconds),
        executor=crew.executor(plan, scratch / "images", store.folder / CACHE),
        scratch=scratch,
    )
    try:
        _train(sitting, record)
        _score_references(plan, store, record)
        _end(plan, store, StudyState.FINISHED)
    except StudyError as error:
        _end(plan, store, StudyState.FAILED, str(error))
        raise
    finally:
        sitting.spend()
        sitting.executor.close()
        display.study_ended()


def _train(sitting: Sitting, record: StudyRecord) -> None:
    study = sitting.plan.id
    stored = {trial.number: trial for trial in sitting.store.trials(study)}
    over = [trial for trial in stored.values() if trial.result is not None]
    sitting.display.study_started(record, over, sitting.clock)
    searcher = sitting.plan.searcher
    search = (
        AsynchronousSearch(sitting, stored, searcher)
        if isinstance(searcher, Asha)
        else Search(sitting, stored, record.lookahead)
    )
    # Once a final is tested the search is over, whatever the clock says now: all
    # seeds train one configuration.
    if not sitting.store.finals(study):
        search.run()
    Finals(sitting).run(search.best())


def _score_references(plan: Plan, store: Store, record: StudyRecord) -> None:
    if not store.references(record.test):
        judging = plan.judging.within(store.folder / CACHE, plan.task.record)
        for row in judging(plan.task).references(plan.spec.seed):
            store.add_reference(record.test, row)


def _end(plan: Plan, store: Store, state: StudyState, message: str = "") -> None:
    store.set_study_state(plan.id, state, message)
    _remove_scratch(store, plan.id)
