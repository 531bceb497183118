"""The folder of the pages beside a store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.files import Attempts, explained, remove_file, replace_file
from bench.report.board import Board
from bench.report.compared import Compared, kept_images
from bench.report.page.board import board_page
from bench.report.page.compare import comparison_page
from bench.report.page.comparisons import (
    Comparison,
    comparisons,
    of_board,
    of_study,
)
from bench.report.page.digests import comparison_digest, study_digest
from bench.report.page.images import FOLDER as IMAGES
from bench.report.page.images import Page
from bench.report.page.names import BOARDS, study_file
from bench.report.page.rendering import MARK
from bench.report.page.study import study_page
from bench.report.palette import styles_of
from bench.report.results import StudyResults
from bench.store import Store

FOLDER = "report"
"""Folder of the pages, beside the store."""

_HEAD_BYTES = 1024
"""Length of a page's start that says who wrote it."""


def write_pages(
    store: Store,
    boards: Sequence[Board],
    attempts: Attempts,
    *,
    link_images: bool = False,
) -> list[Path]:
    """Write the pages of a store, and remove those of studies that are gone.

    The page of a study, and that of a board's best two, is made only if what it shows
    has changed. Comparisons that a user asked for stay as they are.

    Args:
        store: The store, beside which the pages lie.
        boards: All its boards; studies of boards of repeats are on others too.
        attempts: Keeps the refusals of files that can't be written.
        link_images: Whether images become files beside the pages.

    Returns:
        The paths of all pages, that of the boards first.
    """
    folder = store.folder / FOLDER
    studies, compared = _studies(boards), comparisons(folder, boards)
    files = (BOARDS, *studies)
    written = _write(folder, _board_page(boards, compared), attempts)
    for name, (board, results) in studies.items():
        links = of_study(compared, results.study.id)
        made = partial(
            study_page, store, board, results, links, link_images=link_images
        )
        digest = study_digest(store, board, results, links, link_images=link_images)
        written |= _update(folder / name, digest, made, attempts)
    for each in compared:
        written |= _compare(store, each, files, attempts)
    for path in _stale(folder, written):
        with attempts:
            remove_file(path)
    return [folder / name for name in files]


def _compare(
    store: Store, comparison: Comparison, files: Sequence[str], attempts: Attempts
) -> set[str]:
    """Write the page of a comparison unless a user did; its name."""
    if comparison.was_asked_for:
        return {comparison.file}
    path = store.folder / FOLDER / comparison.file
    made = partial(comparison.page, store, files)
    return _update(path, comparison_digest(comparison), made, attempts)


def page_html(store: Store, boards: Sequence[Board], name: str) -> str | None:
    """A page of the report as it is now, without writing it; None if there is none.

    Args:
        store: The store.
        boards: All its boards.
        name: Name of the page's file.
    """
    studies = _studies(boards)
    compared = comparisons(store.folder / FOLDER, boards)
    if name == BOARDS:
        return _board_page(boards, compared).html
    for each in compared:
        if each.file == name:
            return each.page(store, (BOARDS, *studies)).html
    if (found := studies.get(name)) is None:
        return None
    _, results = found
    return study_page(store, *found, of_study(compared, results.study.id)).html


def _studies(boards: Sequence[Board]) -> dict[str, tuple[Board, StudyResults]]:
    """Boards and results of studies by the names of their pages."""
    return {
        study_file(results.study): (board, results)
        for board in boards
        if not board.repeats
        for results in board.results
    }


def _board_page(boards: Sequence[Board], compared: Sequence[Comparison]) -> Page:
    studies = _studies(boards).items()
    links = {r.study.id: name for name, (_, r) in studies}
    return board_page(boards, links, {b.key: of_board(compared, b) for b in boards})


def write_comparison_page(
    store: Store, compared: Compared, boards: Sequence[Board], attempts: Attempts
) -> Path:
    """Write the page of a comparison, and link it from that of the boards; its path.

    Args:
        store: The store, beside which the page lies.
        compared: The comparison.
        boards: All boards of the store.
        attempts: Keeps the refusal of a page that can't be written.
    """
    folder = store.folder / FOLDER
    images = kept_images(store, compared.contenders)
    files = [path.name for path in folder.glob("*.html")]
    page = comparison_page(compared, images, files, styles_of(store))
    _write(folder, page, attempts)
    if BOARDS in files:
        _write(folder, _board_page(boards, comparisons(folder, boards)), attempts)
    return folder / page.name


def _update(
    path: Path, digest: str, make: Callable[[], Page], attempts: Attempts
) -> set[str]:
    """Make a page if what it shows has changed; the names of all its files."""
    if digest.encode() in _head(path):
        return {path.name, *_linked(path)}
    return _write(path.parent, _stamped(make(), digest), attempts)


def _write(folder: Path, page: Page, attempts: Attempts) -> set[str]:
    """Write a page and the files that it links; their names."""
    files = {**page.files, page.name: page.html.encode()}
    for name, content in files.items():
        with attempts:
            replace_file(folder / name, content)
    return set(files)


def _stamped(page: Page, digest: str) -> Page:
    stamp = f'{MARK}\n<meta name="digest" content="{digest}">'
    return replace(page, html=page.html.replace(MARK, stamp, 1))


def _linked(path: Path) -> list[str]:
    """Images that a page links."""
    with explained(path):
        return re.findall(rf"{IMAGES}/[0-9a-f]+\.\w+", path.read_text("utf-8"))


def _stale(folder: Path, written: Iterable[str]) -> list[Path]:
    """Pages and images that were written here once, and are no part of the report."""
    pages = [path for path in folder.glob("*.html") if MARK.encode() in _head(path)]
    images = [*(folder / IMAGES).glob("*.png"), *(folder / IMAGES).glob("*.webp")]
    kept = {folder / name for name in written}
    return [path for path in (*pages, *images) if path not in kept]


def _head(path: Path) -> bytes:
    """Start of a page; empty of what is no file, which a user may have put there."""
    if not path.is_file():
        return b""
    with explained(path), path.open("rb") as file:
        return file.read(_HEAD_BYTES)
