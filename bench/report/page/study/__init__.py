"""The pages of single studies: data to blocks, and blocks to HTML by one template.

Each module makes a section, or a part of one, from a ``Subject``, as the blocks of
``blocks``. ``study_pages`` is the door.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.report.board import Board
from bench.report.page.images import Page
from bench.report.page.study.page import page_name, study_page
from bench.store import Store

__all__ = ["page_name", "study_page", "study_pages"]


def study_pages(
    store: Store, boards: Sequence[Board], *, link_images: bool = False
) -> Iterator[Page]:
    """The page of every study of some boards.

    Args:
        store: Holds the studies.
        boards: The boards.
        link_images: Whether images are files beside the pages.
    """
    for board in boards:
        for results in board.results:
            yield study_page(store, board, results, link_images=link_images)
