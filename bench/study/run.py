"""Runs a study from its first trial to its last test, however often interrupted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bench.datasets import examine
from bench.errors import StudyError
from bench.records import (
    Resources,
    Role,
    StudyRecord,
    StudyState,
    TaskRecord,
    TrialState,
)
from bench.records.selection import tested_trial
from bench.report import headline
from bench.store import CACHE, SCRATCH, Store
from bench.study import (
    after_search,
    fid_reference,
    filling,
    growth,
    kept_pixels,
    model_keeping,
    references,
    time_budget,
)
from bench.study.added_time import AddedTime
from bench.study.context import RunContext
from bench.study.event_clock import EventClock
from bench.study.execution import lookahead, make_executor
from bench.study.prepare import PreparedStudy
from bench.study.progress import Progress
from bench.study.stored_precision import as_stored
from bench.text.activity import doing
from bench.training import backend
from bench.training.work import WorkCounter

IMAGES = "images"
"""Folder of a study's scratch folder from which workers read the images. It is removed
whenever a study stops; checkpoints stay for a study that goes on later."""


def run(
    prepared: PreparedStudy,
    store: Store,
    progress: Progress,
    *,
    resources: Resources,
    fresh: bool = False,
    added: AddedTime | None = None,
    follow: Callable[[str], object] = lambda study: None,
) -> PreparedStudy:
    """Run a study, or what is left of it; a finished study is left alone.

    A stored study of which more is asked now goes on for that.

    Args:
        prepared: The study.
        store: Records every event as it happens.
        progress: Told of every event.
        resources: What trains the trials.
        fresh: Forget what the store holds of this study, and start over.
        added: The time of the budget, if it comes on top of what a finished search
            has spent.
        follow: Called with the identity of the study once the store holds it.

    Returns:
        The study under the identity that the store knows it by.

    Raises:
        StudyError: The first trials all failed, or a final training did. What is
            finished is kept, and the next run goes on from it.
        KeyboardInterrupt: As it came; what is finished is kept.
    """
    adds_time = added is not None
    if not fresh:
        taken = as_stored(prepared, store, resources, adds_time=adds_time)
        if taken is not prepared:
            progress.prepares(
                f"{taken.spec.family} goes on in {taken.spec.precision}, as it began; "
                "--precision asks for another study"
            )
        prepared = taken
    record = growth.stored(prepared.identity, store, adds_time=adds_time)
    if record is not None and fresh:
        model_keeping.forget(store.folder, record.id)
        store.remove_study(record.id)
        record = None
    if record is not None:
        record = growth.grown(record, prepared, store, added=added)
        prepared = growth.continued(prepared, record)
        if record.state is StudyState.FINISHED:
            follow(record.id)
            progress.already_finished(record)
            if added is not None:
                progress.remarks(added.without_more(record))
            return prepared
    for note in prepared.notes:
        progress.prepares(note)
    started = time.perf_counter()
    versions = fid_reference.prepare(prepared, store, store.folder / CACHE, progress)
    spent = time.perf_counter() - started
    if record is None:
        record = _begin(prepared, store, lookahead(prepared, resources), versions)
        if added is not None:
            added.keep(record, record.spec.budget.seconds)
    follow(record.id)
    fid_reference.check_same(record, versions)
    if versions:  # training the network took its part of the budget
        record = _charged(record, store, spent)
    started = time.perf_counter()
    progress.describes_data(headline(_examined(prepared, store)))
    record = _charged(record, store, time.perf_counter() - started)
    _continue(prepared, store, progress, record, resources)
    return prepared


def _begin(
    prepared: PreparedStudy, store: Store, lookahead: int, versions: Mapping[str, str]
) -> StudyRecord:
    _remove_scratch(store, prepared.id)
    store.add_task(prepared.task.record, prepared.task.samples())
    record = StudyRecord(
        id=prepared.id,
        spec=prepared.spec,
        task=prepared.task.record,
        state=StudyState.UNFINISHED,
        created=time.time(),
        lookahead=lookahead,
        versions={**backend.versions(prepared.spec.backend), **versions},
        replaces=growth.shorter(prepared.identity, store),
    )
    store.add_study(record)
    return record


def _charged(record: StudyRecord, store: Store, seconds: float) -> StudyRecord:
    """The study after it has spent some seconds of its budget."""
    store.add_seconds(record.id, seconds)
    return replace(record, seconds=record.seconds + seconds)


def _examined(prepared: PreparedStudy, store: Store) -> TaskRecord:
    """The task with what its examination found; it is examined once for a store."""
    task = prepared.task.record
    findings = store.findings(task.fingerprint)
    if findings is None:
        with doing("looking for duplicates and faults in the images"):
            examination = examine(prepared.task)
        findings = examination.findings
        store.add_findings(task.fingerprint, findings, examination.duplicates)
    return replace(task, findings=findings)


def _continue(
    prepared: PreparedStudy,
    store: Store,
    progress: Progress,
    record: StudyRecord,
    resources: Resources,
) -> None:
    with ExitStack() as last:
        images = store.folder / SCRATCH / prepared.id / IMAGES
        last.callback(shutil.rmtree, images, ignore_errors=True)
        last.callback(prepared.close)
        context = _context(prepared, store, progress, record, resources)
        last.enter_context(_ending(context))
        if record.state is StudyState.FAILED:
            store.set_study_state(record.id, StudyState.UNFINISHED)
        _train(context, record)
        references.score(context, record)


def _context(
    prepared: PreparedStudy,
    store: Store,
    progress: Progress,
    record: StudyRecord,
    resources: Resources,
) -> RunContext:
    scratch, cache = store.folder / SCRATCH / prepared.id, store.folder / CACHE
    task, note = kept_pixels.kept(prepared.task, scratch / IMAGES, resources)
    if note:
        progress.prepares(note)
    prepared = replace(prepared, task=task)
    clock = EventClock(_last_event(store, record.id))
    return RunContext(
        prepared=prepared,
        store=store,
        progress=progress,
        time_budget=time_budget.of_study(prepared, record.seconds),
        executor=make_executor(
            prepared, resources, scratch / IMAGES, cache, progress.works
        ),
        scratch=scratch,
        timed_seeds=growth.timed(record, "seeds"),
        timed_members=growth.timed(record, "ensemble"),
        seeds_at_once=resources.seeds_at_once,
        cache=cache,
        clock=clock,
        work=WorkCounter(prepared.source),
    )


@contextmanager
def _ending(context: RunContext) -> Iterator[None]:
    """The one place where a running study ends, whatever ends it.

    A study that is interrupted, or whose store is gone, stays unfinished.
    """
    with ExitStack() as last:
        last.callback(context.progress.study_ended)
        last.callback(context.executor.close)
        last.callback(context.record_time)
        try:
            yield
        except StudyError as error:
            _end(context, StudyState.FAILED, str(error))
            raise
        _end(context, StudyState.FINISHED)


def _last_event(store: Store, study: str) -> float:
    """Time of the last event of a study's trials; 0 before the first."""
    times = [0.0]
    for trial in store.trials(study):
        epochs = store.epochs(study, Role.TRIAL, trial.number)
        times += [trial.started, trial.ended or 0.0, *(e.ended for e in epochs)]
    return max(times)


def _train(context: RunContext, record: StudyRecord) -> None:
    stored = {trial.number: trial for trial in context.store.trials(context.study)}
    has_finished = any(t.state is TrialState.FINISHED for t in stored.values())
    if record.state is StudyState.FAILED and not has_finished:
        stored = {}  # all trials failed, and each is tried again
    ended = [trial for trial in stored.values() if trial.result is not None]
    context.progress.study_started(record, ended, context.time_budget)
    tested = tested_trial(record, stored.values())
    if record.tested is not None and tested is not None:
        after_search.describe_models(context, tested)
    # Once a final is tested the search is over, whatever the clock says now: all
    # seeds train one configuration.
    # The same holds for one that a user ended, but not while a search is extended.
    is_extended = record.tested is not None
    is_tested = bool(context.store.finals(context.study)) and not is_extended
    if not (record.is_ended_early or is_tested):
        context, record, search = filling.search(context, record, stored)
        if search.is_ended_early:
            record = _remember_early_end(context, record)
    if not is_tested and record.chosen is not None:  # its final trainings were lost
        record = replace(record, chosen=None)
        context.store.remove_finals(record.id, {Role.RUNNER_UP})
        context.store.change_study(record)
    after_search.finish(context, record)


def _remember_early_end(context: RunContext, record: StudyRecord) -> StudyRecord:
    running = replace(record, state=StudyState.UNFINISHED, message="")
    ended = replace(running, is_ended_early=True)
    context.store.change_study(ended)
    return ended


def _end(context: RunContext, state: StudyState, message: str = "") -> None:
    context.store.set_study_state(context.study, state, message)
    _remove_scratch(context.store, context.study)


def _remove_scratch(store: Store, study: str) -> None:
    shutil.rmtree(store.folder / SCRATCH / study, ignore_errors=True)
