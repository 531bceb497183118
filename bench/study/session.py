"""One command's worth of work: load the data once, then study each family.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from bench import datasets, report
from bench.errors import BenchError, StoreError
from bench.records import StudySpec
from bench.searchers.description import Hyperparameter
from bench.store import Store
from bench.study import cost as estimates
from bench.study import cv_results, suites
from bench.study import prepare as plan
from bench.study import progress as display
from bench.study import run as study

LOCK = "bench.lock"


def search(
    specs: Sequence[StudySpec],
    *,
    results: Path,
    data: Path | None,
    skip_unreadable: bool,
    variants: str | None = None,
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
        variants: A hyperparameter that is held, in a study for each of its values;
            None for none.
        crew: Who trains.
        fresh: Start over what the store holds of these studies.
        quiet: Show no progress.
        console: Where to.

    Raises:
        BenchError: Anything that the user can mend. What is wrong with any of the
            studies is said before the first one starts.
    """
    task = load_task(specs[0], data=data, skip_unreadable=skip_unreadable)
    plans = _plans(specs, task, variants)
    shown = display.choose(console, quiet=quiet)
    paths: list[Path] = []
    with Store(results) as store, _alone(results):
        if task.skipped and not quiet:
            console.print(f"left out {task.skipped} unreadable images")
        for planned in plans:
            study.run(planned, store, shown, crew=crew, fresh=fresh)
            table = cv_results.write(planned, store)
            paths = [*report.write(store), *([table] if table else [])]
        _show_boards(store, console, specs[0].dataset)
    for path in paths:
        console.print(str(path), soft_wrap=True, highlight=False, markup=False)


def suite(
    groups: Sequence[suites.Group],
    *,
    results: Path,
    data: Path | None,
    crew: plan.Crew,
    quiet: bool,
    console: Console,
) -> list[str]:
    """Run the studies of a suite, and report on all of them at the end.

    A study that can't be done doesn't keep the others from it.

    Returns:
        What couldn't be done, a line each.
    """
    shown = display.choose(console, quiet=quiet)
    failures = []
    with Store(results) as store, _alone(results):

        def run(planned: plan.Plan) -> None:
            study.run(planned, store, shown, crew=crew)
            cv_results.write(planned, store)
            report.write(store, plots=False)

        for group in groups:
            failures += _run_group(group, data, run)
        paths = report.write(store)
        _show_boards(store, console, None)
    for path in paths[:2]:
        console.print(str(path), soft_wrap=True, highlight=False, markup=False)
    return failures


def _run_group(
    group: suites.Group, data: Path | None, run: Callable[[plan.Plan], None]
) -> list[str]:
    """Run the studies of a group; what couldn't be done, a line each."""
    try:
        task = load_task(group.specs[0], data=data)
    except BenchError as error:
        return [f"{group.specs[0].dataset}: {error}"]
    failures = []
    for spec in group.specs:
        try:
            for planned in _plans([spec], task, group.variants):
                run(planned)
        except BenchError as error:
            failures.append(f"{spec.family} on {spec.dataset}: {error}")
    return failures


def _plans(
    specs: Sequence[StudySpec], task: datasets.Task, variants: str | None
) -> list[plan.Plan]:
    if variants is not None:
        specs = [one for spec in specs for one in plan.variants(spec, task, variants)]
    return [plan.plan(spec, task) for spec in specs]


def _show_boards(store: Store, console: Console, dataset: str | None) -> None:
    shown = report.boards(store, dataset)
    for board in shown:
        console.print(report.table(board))
        for line in report.comparisons(board):
            console.print(line)
    if dataset is None:
        for across in report.overall(shown):
            console.print(report.overall_table(across))


def estimate(
    specs: Sequence[StudySpec],
    *,
    data: Path | None,
    skip_unreadable: bool,
    variants: str | None = None,
    crew: plan.Crew,
) -> list[estimates.Estimate]:
    """What studies on one data set will cost; nothing is written."""
    task = load_task(specs[0], data=data, skip_unreadable=skip_unreadable)
    plans = _plans(specs, task, variants)
    return [estimates.estimate(planned, crew) for planned in plans]


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
        images=spec.images,
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
