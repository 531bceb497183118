"""The folder of the pages beside a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.files import Attempts, explained, remove_file, replace_file
from bench.report.board import Board
from bench.report.page.board import board_page
from bench.report.page.images import FOLDER as IMAGES
from bench.report.page.images import Page
from bench.report.page.rendering import MARK
from bench.report.page.study import page_name, study_pages
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

    Args:
        store: The store, beside which the pages lie.
        boards: All its boards.
        attempts: Keeps the refusals of files that can't be written.
        link_images: Whether images become files beside the pages.

    Returns:
        The paths of all pages, that of the boards first.
    """
    folder, written = store.folder / FOLDER, set[str]()
    names = []
    for page in _pages(store, boards, link_images):
        names.append(page.name)
        for name, content in {**page.files, page.name: page.html.encode()}.items():
            written.add(name)
            with attempts:
                replace_file(folder / name, content)
    for path in _stale(folder, written):
        with attempts:
            remove_file(path)
    return [folder / name for name in names]


def _pages(store: Store, boards: Sequence[Board], link_images: bool) -> Iterator[Page]:
    studies = [results.study for board in boards for results in board.results]
    yield board_page(boards, {study.id: page_name(study) for study in studies})
    yield from study_pages(store, boards, link_images=link_images)


def _stale(folder: Path, written: Iterable[str]) -> list[Path]:
    """Pages and images that were written here once, and are no part of the report."""
    pages = [path for path in folder.glob("*.html") if MARK in _head(path)]
    images = [*(folder / IMAGES).glob("*.png"), *(folder / IMAGES).glob("*.webp")]
    kept = {folder / name for name in written}
    return [path for path in (*pages, *images) if path not in kept]


def _head(path: Path) -> bytes:
    """Start of a page; empty of what is no file, which a user may have put there."""
    if not path.is_file():
        return b""
    with explained(path), path.open("rb") as file:
        return file.read(_HEAD_BYTES)
