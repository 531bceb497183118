"""The work of one command: load the data once, run its studies, report on them.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from rich.console import Console

from bench import datasets, mirror, report
from bench.errors import BenchError, RemoteError, WriteError, command
from bench.records import ImageSource, SearchRequest, StudySpec
from bench.searchers.described import STANDARD, STANDARD_CLASSES, Hyperparameter
from bench.store import FILE_NAME, Store, locked
from bench.study import (
    closing,
    cost,
    cv_results,
    identity,
    prepare,
    progress,
    refusals,
)
from bench.study.added_time import added_by
from bench.study.cost import Cost
from bench.study.earlier import TimedTrial, timed_trials
from bench.study.prepare import PreparedStudy
from bench.study.run import run
from bench.text import complain, terminal
from bench.text.activity import doing
from bench.trackers.following import Followed
from bench.training import backend
from bench.web import extra

AtEnd = Callable[[Store, str, datasets.Task], None]
"""What is done with the models of a study that ended: its store, its id, its task."""


def _leave(store: Store, study: str, task: datasets.Task) -> None:
    """Do nothing with the models of a study."""


def search(
    request: SearchRequest,
    console: Console,
    at_end: AtEnd = _leave,
    *,
    task: datasets.Task | None = None,
    shows_boards: bool = True,
) -> list[str]:
    """Prepare every study, then run one after the other, reporting after each.

    Repeats follow one another, each with the images divided by its own seed.

    Args:
        request: The studies.
        console: Shows progress and boards.
        at_end: Called after each study, before the report shows it; not if the search
            is quiet.
        task: Of the first studies, if it is loaded already.
        shows_boards: Whether boards, and what is next, are shown at the end.

    Returns:
        Identities of the studies.

    Raises:
        BenchError: Anything that the user can mend. Whatever is wrong with any of the
            studies is said before the first one starts.
    """
    task = task or datasets.load_for(request.specs[0], request.source)
    first, *others = request.one_by_one()
    prepared_studies = _prepare(first, task, first.specs)
    shown = progress.choose(console, quiet=request.quiet)
    ids: list[str] = []
    with (
        _opened(request) as store,
        Followed(request.results, request.track) as followed,
        added_by(request) as added,
    ):
        _say_how_to_watch(request, console)
        for note in () if request.quiet else task.notes:
            console.print(terminal(note))
        for prepared in chain(prepared_studies, _prepared_later(others)):
            done = run(
                prepared,
                store,
                shown,
                resources=request.resources,
                fresh=request.fresh,
                added=added,
                follow=followed.follow,
            )
            ids.append(done.id)
            if not request.quiet:
                at_end(store, done.id, done.task)
            is_written = _report(store)
            _cv_results(done, store)
            if is_written:  # from now on the command is answered from the folder
                known = replace(
                    prepared.identity,
                    spec=replace(prepared.spec, precision=done.spec.precision),
                    space_fingerprint=done.space_fingerprint,
                )
                identity.remember(
                    store.folder, prepared.asked, known, prepared.task.state
                )
            _upload(request)
        if shows_boards:
            closing.show(request, store, console, ids)
    return ids


def suite(
    requests: Sequence[SearchRequest], console: Console, at_end: AtEnd = _leave
) -> list[str]:
    """Run the studies of a suite, and report on all of them at the end.

    A study that fails doesn't keep the others from running.

    Args:
        requests: One for each task; their results folder and resources are the same.
        console: Shows progress and boards.
        at_end: As of ``search``.

    Returns:
        A line for each study that failed.
    """
    first = requests[0]
    shown = progress.choose(console, quiet=first.quiet)
    failures, ids = [], []
    with (
        _opened(first) as store,
        Followed(first.results, first.track) as followed,
    ):
        _say_how_to_watch(first, console)

        def run_one(prepared: PreparedStudy) -> None:
            resources, follow = first.resources, followed.follow
            done = run(prepared, store, shown, resources=resources, follow=follow)
            ids.append(done.id)
            if not first.quiet:
                at_end(store, done.id, done.task)
            _cv_results(done, store)
            _report(store, plots=False)
            _upload(first)

        for request in requests:
            failures += _run_request(request, run_one)
        _report(store)
        _upload(first)
        closing.show_boards(store, console, ())
        if not first.quiet:
            closing.show_next(store, console, ids)
    return failures


def costs(request: SearchRequest, task: datasets.Task | None = None) -> list[Cost]:
    """What the studies of a request will cost; nothing is written.

    Args:
        request: The studies.
        task: Of the first studies, if it is loaded already.
    """
    task = task or datasets.load_for(request.specs[0], request.source)
    prepared_studies = _prepare(request, task, request.specs)
    with doing("timing steps of sampled configurations"):
        return [
            cost.cost(
                prepared, request.resources, _earlier(request.results, prepared)
            ).times(request.repeats)
            for prepared in prepared_studies
        ]


def _earlier(results: Path, prepared: PreparedStudy) -> list[TimedTrial]:
    """Trials of earlier studies in a results folder, which need not exist."""
    if not (results / FILE_NAME).exists():
        return []
    spec, versions = prepared.spec, backend.versions(prepared.spec.backend)
    with Store(results, read_only=True) as store:
        return timed_trials(store, spec, versions, besides="")


def describe(spec: StudySpec, source: ImageSource | None) -> list[Hyperparameter]:
    """The search space of a family.

    Args:
        spec: Names the family and the data set.
        source: Where the images are from; None for blank ones of their size.
    """
    if source is not None:
        return prepare.describe(spec, datasets.load_for(spec, source))
    height, width, channels = STANDARD
    shape = (*(spec.image_size or (height, width)), channels)
    return prepare.describe(spec, datasets.stand_in(shape, STANDARD_CLASSES))


@contextmanager
def _opened(request: SearchRequest) -> Iterator[Store]:
    """Open a store to write to it, which nobody else does meanwhile.

    A line says if its schema was brought up to date.
    """
    results = request.results
    if (results / FILE_NAME).exists():  # a file that is refused leaves no lock
        Store(results, read_only=True).close()
    with locked(results), Store(results) as store:
        if request.mirror is not None:
            mirror.begin(results, request.mirror)
        if store.backup is not None:
            complain(
                "the store was brought up to date; a copy of it as it was is kept as "
                f"{store.backup}"
            )
        yield store


def _say_how_to_watch(request: SearchRequest, console: Console) -> None:
    """Say how a browser shows the search, to a person who has what it needs."""
    is_read = console.is_terminal and not console.is_jupyter and not request.quiet
    if not is_read or extra.missing():
        return
    words = ["watch"]
    if request.results != Path("results"):
        words += ["--results", str(request.results)]
    line = f"{command(shlex.join(words))} shows this in a browser"
    console.print(terminal(line), soft_wrap=True, highlight=False)


def _run_request(
    request: SearchRequest, run_one: Callable[[PreparedStudy], None]
) -> list[str]:
    """Run the studies of a request; a line for each that failed."""
    try:
        task = datasets.load_for(request.specs[0], request.source)
    except BenchError as error:
        return [f"{request.specs[0].dataset}: {error}"]
    failures = []
    for spec in request.specs:
        try:
            for prepared in _prepare(request, task, [spec]):
                run_one(prepared)
        except WriteError:  # the others can't be kept either
            raise
        except BenchError as error:
            failures.append(f"{spec.family} on {spec.dataset}: {error}")
    return failures


def _prepare(
    request: SearchRequest, task: datasets.Task, specs: Sequence[StudySpec]
) -> list[PreparedStudy]:
    """Prepare some studies of a request."""
    name, resources = request.variants, request.resources
    if name is not None:
        specs = [
            variant
            for spec in specs
            for variant in prepare.variants(spec, task, name, resources)
        ]
    for spec in specs:
        refusals.check_precision(spec, resources)
    with doing("preparing the search"):
        return [prepare.prepare(spec, task, resources) for spec in specs]


def _prepared_later(repeats: Sequence[SearchRequest]) -> Iterator[PreparedStudy]:
    """Prepare the studies of further repeats, each when those before have ended."""
    for repeat in repeats:
        task = datasets.load_for(repeat.specs[0], repeat.source)
        yield from _prepare(repeat, task, repeat.specs)


def _upload(request: SearchRequest) -> None:
    """Upload the results to their URL, if they have one; a line says if that fails."""
    if request.mirror is None:
        return
    try:
        uploaded = mirror.upload(request.results, request.mirror)
    except (RemoteError, WriteError) as error:
        complain(f"the results are on this machine alone, until the next end: {error}")
    else:
        if not request.quiet:
            complain(uploaded.text)


def _report(store: Store, *, plots: bool = True) -> bool:
    """Write the report of a store; whether all of it could be written.

    A study is not lost because its tables can't be written: a line says so.
    """
    with doing("drawing tables and plots"):
        written = report.try_to_write(store, plots=plots)
    if written.refusal is not None:
        complain(written.refusal)
    return written.refusal is None


def _cv_results(prepared: PreparedStudy, store: Store) -> None:
    """Write scikit-learn's own table, if the study has one; see ``_report``."""
    try:
        cv_results.write(prepared, store)
    except WriteError as error:
        complain(f"the table of the search is missing: {error}")
