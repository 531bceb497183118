"""Runs searches of this toolkit without final trainings, and times them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import datasets
from bench.records import (
    Budget,
    ImageSource,
    Resources,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
)
from bench.store import Store
from bench.study.progress import Progress
from bench.study.time_budget import TimeBudget

if TYPE_CHECKING:  # these import Keras
    from bench.study.execution import StudyExecutor
    from bench.study.prepare import PreparedStudy


class SearchIsOver(Exception):  # noqa: N818
    """Ends a study before its final trainings."""


class Stopwatch(Progress):
    """Times the search of a study and then ends the study."""

    started = seconds = 0.0

    def study_started(self, *_: object) -> None:
        self.started = time.perf_counter()

    def finals_started(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self.started
        raise SearchIsOver


def timed_search(
    prepared: PreparedStudy, resources: Resources
) -> tuple[float, list[TrialRecord]]:
    """Run the search of a study; its seconds and its trials."""
    with searched(prepared, resources) as (seconds, store):
        return seconds, store.trials(prepared.id)


@contextmanager
def searched(
    prepared: PreparedStudy, resources: Resources
) -> Iterator[tuple[float, Store]]:
    """Run the search of a study; its seconds and the store, which is removed."""
    from bench.study.run import run

    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        with suppress(SearchIsOver):
            run(prepared, store, stopwatch, resources=resources)
        yield stopwatch.seconds, store


def prepare_study(**options: Any) -> PreparedStudy:
    """Prepare the study of a specification."""
    from bench.study.prepare import prepare

    spec = StudySpec(**options)
    return prepare(spec, datasets.load_for(spec, ImageSource()))


@contextmanager
def random_study(*, trials: int, epochs: int) -> Iterator[tuple[PreparedStudy, Store]]:
    """A random search of the family ``dense`` on digits, in a store of its own."""
    budget = Budget(trials=trials, epochs=epochs)
    prepared = prepare_study(family="dense", tuner="random", budget=budget)
    record = StudyRecord(
        id=prepared.id,
        spec=prepared.spec,
        task=prepared.task.record,
        state=StudyState.UNFINISHED,
        created=time.time(),
    )
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        store.add_task(prepared.task.record, prepared.task.samples())
        store.add_study(record)
        yield prepared, store


def search(
    prepared: PreparedStudy,
    store: Any,
    executor: StudyExecutor,
    progress: Progress,
    lookahead: int,
) -> float:
    """Search to the end; the seconds of the search."""
    from bench.study.context import RunContext
    from bench.study.feedback import OrderedFeedback
    from bench.study.search import Search

    context = RunContext(
        prepared=prepared,
        store=store,
        progress=progress,
        time_budget=TimeBudget(None),
        executor=executor,
        timed_seeds=prepared.spec.seeds,
        timed_members=prepared.spec.ensemble,
        scratch=store.folder,
    )
    feedback = OrderedFeedback(prepared.searcher, lookahead)
    return seconds_of(Search(context, {}, feedback).run)


def seconds_of(
    function: Callable[..., object], *arguments: Any, **options: Any
) -> float:
    """Wall-clock seconds of a call."""
    started = time.perf_counter()
    function(*arguments, **options)
    return round(time.perf_counter() - started, 3)
