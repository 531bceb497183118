"""Answers a command whose studies are all finished, without Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from rich.console import Console

from bench import datasets
from bench.datasets import Task
from bench.errors import StoreError
from bench.records import SearchRequest, StudyRecord, StudySpec, StudyState
from bench.store import FILE_NAME, Store
from bench.study import closing, growth, identity, progress
from bench.study.identity import Identity

_DOCUMENTS = ("leaderboard.md", "leaderboard.csv", "report/index.html")
"""Files that a search writes at its end, among others."""

Load = Callable[[], Task | None]
"""Loads the images of the first study; None if that needs Keras."""


def answer(request: SearchRequest, load: Load, console: Console) -> bool:
    """Show the boards of studies that are finished, if all that are asked for are.

    Images are loaded only if their files have changed since.

    Args:
        request: The studies.
        load: Loads the images of the first of them.
        console: Shows the boards.

    Returns:
        Whether that was the answer; if not, the studies must be prepared.
    """
    if not _may_be(request):
        return False
    try:
        with Store(request.results, read_only=True) as store:
            found = list(_found(request, load, store))
            studies = [study for study in found if study is not None]
            if len(studies) < len(found):
                return False
            shown = progress.choose(console, quiet=request.quiet)
            for study in studies:
                shown.already_finished(study)
            closing.show(request, store, console, [study.id for study in studies])
    except StoreError:  # what opens it to write to it mends it, or says what is wrong
        return False
    return True


def _may_be(request: SearchRequest) -> bool:
    """Whether a request asks for nothing but boards if its studies are finished."""
    asks_for_more = request.fresh or request.adds_time or request.track
    if asks_for_more or request.variants is not None or request.mirror is not None:
        return False
    files = (request.results / name for name in (FILE_NAME, *_DOCUMENTS))
    return all(file.is_file() for file in files)


def _found(
    request: SearchRequest, load: Load, store: Store
) -> Iterator[StudyRecord | None]:
    """The finished study of each specification; ends with None at one that isn't."""
    for number, repeat in enumerate(request.one_by_one()):
        first, source = repeat.specs[0], repeat.source
        files = datasets.state_of(first, source)
        if number:
            load = cache(partial(datasets.load_for, first, source))
        for spec in repeat.specs:
            study = _finished(_identity(spec, files, load, store), store)
            yield study
            if study is None:
                return


def _identity(
    asked: StudySpec, files: str | None, load: Load, store: Store
) -> Identity | None:
    """What a study is known by, if that is kept; images are read if files changed."""
    known = identity.recall(store.folder, asked, files=files)
    task = load() if known is None else None
    if task is None:
        return known
    read = task.record.fingerprint
    known = identity.recall(store.folder, asked, task_fingerprint=read)
    if known is not None:
        identity.remember(store.folder, asked, known, task.state)
    return known


def _finished(known: Identity | None, store: Store) -> StudyRecord | None:
    """The study of an identity, if it is known to be finished."""
    study = None if known is None else growth.stored(known, store)
    if known is None or study is None or study.state is not StudyState.FINISHED:
        return None
    is_all = growth.wanted(study, known.spec, store) == study.spec
    return study if is_all else None
