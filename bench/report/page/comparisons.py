"""The comparisons that pages link to: of a board's best two, and those asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.records import Role
from bench.report import cells
from bench.report.board import Board
from bench.report.compared import Choice, compare_on, kept_images
from bench.report.page.compare import comparison_page
from bench.report.page.images import Page
from bench.report.page.names import best_two_file, compared_in
from bench.report.palette import styles_of
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A page that compares configurations of one board.

    Attributes:
        file: Name of its file.
        board: The board.
        chosen: The configurations.
        was_asked_for: Whether a user asked for it, so that it stays as it is.
    """

    file: str
    board: Board
    chosen: tuple[Choice, ...]
    was_asked_for: bool

    @property
    def text(self) -> str:
        """The configurations in words."""
        labels = cells.study_labels([study for study, _ in self.chosen])
        named = zip(labels, self.chosen, strict=True)
        return " and ".join(
            f"{label}, default" if role is Role.DEFAULT else label
            for label, (_, role) in named
        )

    @property
    def link(self) -> tuple[str, str]:
        """Address and text of a link to it."""
        return self.file, self.text

    def page(self, store: Store, pages: Sequence[str]) -> Page:
        """The page as it is now.

        Args:
            store: Holds the studies.
            pages: Names of the pages that it may link to.
        """
        compared = compare_on(store, self.board, self.chosen)
        images = kept_images(store, compared.contenders)
        style_of = styles_of(store)
        return comparison_page(compared, images, pages, style_of, file=self.file)


def comparisons(folder: Path, boards: Sequence[Board]) -> list[Comparison]:
    """The comparisons of some boards.

    Args:
        folder: Where those lie that a user asked for.
        boards: All boards of the store.
    """
    asked = sorted(path.name for path in folder.glob("compare-*.html"))
    single = [board for board in boards if not board.repeats]
    return [each for board in single for each in _of_board(board, asked)]


def of_study(known: Sequence[Comparison], study: str) -> list[tuple[str, str]]:
    """Links to the comparisons of a study."""
    return [c.link for c in known if study in (each.id for each, _ in c.chosen)]


def of_board(known: Sequence[Comparison], board: Board) -> list[tuple[str, str]]:
    """Links to the comparisons of a board."""
    return [c.link for c in known if c.board.key == board.key and not board.repeats]


def _of_board(board: Board, asked: Sequence[str]) -> Iterator[Comparison]:
    best = _best_two(board)
    if len(best) == 2:
        file = best_two_file(board.key)
        yield Comparison(file=file, board=board, chosen=best, was_asked_for=False)
    studies = {results.study.id[:8]: results.study for results in board.results}
    for file in asked:
        named = compared_in(file)
        if named and all(study in studies for study, _ in named):
            chosen = tuple((studies[study], role) for study, role in named)
            yield Comparison(file=file, board=board, chosen=chosen, was_asked_for=True)


def _best_two(board: Board) -> tuple[Choice, ...]:
    """The best configurations of the two searches that are first on a board."""
    studies = {results.study.id: results.study for results in board.results}
    searched = (r for r in board.rows if not r.is_reference and not r.is_default)
    return tuple((studies[row.study], Role.FINAL) for row in searched)[:2]
