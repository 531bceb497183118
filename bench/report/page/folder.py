"""The folder of the pages beside a store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.files import Attempts, replace_file
from bench.report.board import Board
from bench.report.page.board import board_page
from bench.report.page.images import Page
from bench.store import Store

FOLDER = "report"
"""Folder of the pages, beside the store."""


def write(
    store: Store, boards: Sequence[Board], folder: Path, attempts: Attempts
) -> list[Path]:
    """Write all pages of a store; the path of each, that of the boards first.

    Args:
        store: Holds the studies.
        boards: All boards of the store.
        folder: Folder of the pages.
        attempts: Keeps the refusals of files that can't be written.
    """
    return [_write(board_page(boards, {}), folder, attempts)]


def _write(page: Page, folder: Path, attempts: Attempts) -> Path:
    for name, content in {**page.files, page.name: page.html.encode()}.items():
        with attempts:
            replace_file(folder / name, content)
    return folder / page.name
