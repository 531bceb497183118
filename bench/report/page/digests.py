"""Digests of what a study's page shows, so that it is made only if that has changed.

A page takes a third of a second. A store may hold a hundred studies, most of which are
as they were when the last search ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from bench.report import palette
from bench.report.board import Board
from bench.report.page.comparisons import Comparison
from bench.report.results import StudyResults
from bench.store import EXPLANATIONS, Store, model_folder


def study_digest(
    store: Store,
    board: Board,
    results: StudyResults,
    links: Sequence[tuple[str, str]],
    *,
    link_images: bool,
) -> str:
    """Hash of all that the page of a study shows, and of the code that makes it."""
    study = results.study
    own = [row for row in board.rows if row.study == study.id]
    siblings = [each.study.id for each in board.results]
    explained = store.folder.joinpath(EXPLANATIONS).glob(f"*-{study.id[:8]}/*")
    kept = model_folder(store.folder, study.id).glob("*")
    parts = (
        _code(),
        repr(results),
        repr((board.title, len(board.rows), own, siblings, links, link_images)),
        *_described((*explained, *kept)),
    )
    return _digest(parts)


def comparison_digest(comparison: Comparison) -> str:
    """Hash of all that the page of a comparison shows, and of the code that makes it.

    P values are corrected for all rows of the board, so that all of them count.
    """
    board, chosen = comparison.board, comparison.chosen
    compared = {study.id for study, _ in chosen}
    results = [each for each in board.results if each.study.id in compared]
    return _digest((_code(), repr((board.title, board.rows, results, chosen))))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()


def _described(paths: Iterable[Path]) -> Iterator[str]:
    """Names of files, with their sizes and times."""
    for path in sorted(paths):
        status = path.stat()
        yield f"{path.name} {status.st_size} {status.st_mtime_ns}"


@cache
def _code() -> str:
    """Hash of this package and its colours: pages are made again after a change."""
    sources = (p for p in Path(__file__).parent.rglob("*") if p.is_file())
    shown = [*sorted(p for p in sources if p.suffix != ".pyc"), Path(palette.__file__)]
    return hashlib.sha256(b"".join(p.read_bytes() for p in shown)).hexdigest()
