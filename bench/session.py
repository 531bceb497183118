"""One command's worth of work: load the data once, then study each family.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from bench import datasets, display, plan, report, study
from bench import estimate as estimates
from bench.errors import StoreError
from bench.records import StudySpec
from bench.searchers.space import Hyperparameter
from bench.store import Store

LOCK = "bench.lock"


def search(
    specs: Sequence[StudySpec],
    *,
    results: Path,
    data: Path | None,
    skip_unreadable: bool,
    crew: plan.Crew,
    fresh: bool,
    quiet: bool,
    console: Console,
) -> None:
    """Plan every study, then run one after the other, reporting after each.

    Args:
        specs: Studies on one data set.
        results: Folder of the store.
        data: Folder of data sets known by name; None for the usual one.
        skip_unreadable: Leave out image files that can't be read.
        crew: Who trains.
        fresh: Start over what the store holds of these studies.
        quiet: Show no progress.
        console: Where to.

    Raises:
        BenchError: Anything that the user can mend. What is wrong with any of the
            studies is said before the first one starts.
    """
    task = load_task(specs[0], data=data, skip_unreadable=skip_unreadable)
    plans = [plan.plan(spec, task) for spec in specs]
    shown = display.choose(console, quiet=quiet)
    with Store(results) as store, _alone(results):
        if task.skipped and not quiet:
            console.print(f"left out {task.skipped} unreadable images")
        for planned in plans:
            study.run(planned, store, shown, crew=crew, fresh=fresh)
            paths = report.write(store)
        for board in report.boards(store, specs[0].dataset):
            console.print(report.table(board))
    for path in paths:
        console.print(str(path), soft_wrap=True, highlight=False, markup=False)


def estimate(
    specs: Sequence[StudySpec],
    *,
    data: Path | None,
    skip_unreadable: bool,
    crew: plan.Crew,
) -> list[estimates.Estimate]:
    """What studies on one data set will cost; nothing is written."""
    task = load_task(specs[0], data=data, skip_unreadable=skip_unreadable)
    return [estimates.estimate(plan.plan(spec, task), crew) for spec in specs]


def describe(spec: StudySpec, *, data: Path | None) -> list[Hyperparameter]:
    """The search space of a family on a data set."""
    return plan.describe(spec, load_task(spec, data=data))


def load_task(
    spec: StudySpec, *, data: Path | None, skip_unreadable: bool = False
) -> datasets.Task:
    return datasets.load(
        spec.dataset,
        data_folder=data,
        validation_fraction=spec.validation_fraction,
        test_fraction=spec.test_fraction,
        seed=spec.seed,
        image_size=spec.image_size,
        skip_unreadable=skip_unreadable,
    )


@contextmanager
def _alone(results: Path) -> Iterator[None]:
    """Keep others from writing to a store; the lock goes when the process does."""
    lock = FileLock(results / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(
            f"one search at a time writes to a results folder; {str(results)!r} is in "
            "use: wait for it, or name another with --results"
        ) from error
    except OSError as error:
        raise StoreError(
            f"the results folder must be writable; {str(results)!r} is not "
            f"({error}): mend its permissions, or name another with --results"
        ) from error
    try:
        yield
    finally:
        lock.release()
