"""The folder of the pages beside a store."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.files import Attempts, explained, remove_file, replace_file
from bench.report.board import Board
from bench.report.compared import Compared, kept_images
from bench.report.page.board import BOARDS, board_page
from bench.report.page.compare import comparison_page, is_comparison_of
from bench.report.page.digests import study_digest
from bench.report.page.images import FOLDER as IMAGES
from bench.report.page.images import Page
from bench.report.page.rendering import MARK
from bench.report.page.study import page_name, study_page
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

    The page of a study is made only if what it shows has changed.

    Args:
        store: The store, beside which the pages lie.
        boards: All its boards; studies of boards of repeats are on others too.
        attempts: Keeps the refusals of files that can't be written.
        link_images: Whether images become files beside the pages.

    Returns:
        The paths of all pages, that of the boards first.
    """
    folder = store.folder / FOLDER
    studies = _studies(boards)
    written = _write(folder, _board_page(boards), attempts)
    for name, (board, results) in studies.items():
        digest = study_digest(store, board, results, link_images=link_images)
        if digest.encode() in _head(folder / name):
            written |= {name, *_linked(folder / name)}
            continue
        page = study_page(store, board, results, link_images=link_images)
        written |= _write(folder, _stamped(page, digest), attempts)
    kept = {results.study.id for _, results in studies.values()}
    written |= _comparisons(folder, kept)
    for path in _stale(folder, written):
        with attempts:
            remove_file(path)
    return [folder / name for name in (BOARDS, *studies)]


def page_html(store: Store, boards: Sequence[Board], name: str) -> str | None:
    """A page of the report as it is now, without writing it; None if there is none.

    Args:
        store: The store.
        boards: All its boards.
        name: Name of the page's file.
    """
    if name == BOARDS:
        return _board_page(boards).html
    if (found := _studies(boards).get(name)) is None:
        return None
    return study_page(store, *found).html


def _studies(boards: Sequence[Board]) -> dict[str, tuple[Board, StudyResults]]:
    """Boards and results of studies by the names of their pages."""
    return {
        page_name(results.study): (board, results)
        for board in boards
        if not board.repeats
        for results in board.results
    }


def _board_page(boards: Sequence[Board]) -> Page:
    studies = _studies(boards).items()
    return board_page(boards, {r.study.id: name for name, (_, r) in studies})


def write_comparison_page(store: Store, compared: Compared, attempts: Attempts) -> Path:
    """Write the page of a comparison; its path.

    Args:
        store: The store, beside which the page lies.
        compared: The comparison.
        attempts: Keeps the refusal of a page that can't be written.
    """
    folder = store.folder / FOLDER
    page = comparison_page(compared, kept_images(store, compared.contenders), folder)
    _write(folder, page, attempts)
    return folder / page.name


def _comparisons(folder: Path, studies: Collection[str]) -> set[str]:
    """Pages that compare studies which are still there; a user asked for them."""
    names = (path.name for path in folder.glob("*.html"))
    return {name for name in names if is_comparison_of(name, studies)}


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
