"""The rows of a board's table on the page, folded by study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report import cells
from bench.report.board import Board
from bench.report.page.board.cell import Cell, Column
from bench.report.page.families import key
from bench.report.palette import Style
from bench.report.ranking import Row, overlaps_first


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """A row of the table.

    Attributes:
        place: Its index among the board's rows and ensembles, the best one first.
        row: The row.
        label: Its name on the board, different from all others.
        is_open: Whether it may be as good as the first row.
        cells: Texts of the columns.
        style: That of its family; None for a reference.
        link: Address of its study's page; empty if there is none.
    """

    place: int
    row: Row
    label: str
    is_open: bool
    cells: Sequence[Cell]
    style: Style | None
    link: str

    @property
    def key(self) -> Markup:
        """Marker of its family."""
        return key(self.style)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The rows of one study: the one that it searched, and those folded below it."""

    head: ShownRow
    children: Sequence[ShownRow]

    @property
    def filtered_by(self) -> str:
        """Text in which a reader's words are looked for."""
        rows = (self.head, *self.children)
        names = (f"{shown.label} {shown.row.tuner}" for shown in rows)
        settings = cells.hyperparameters(self.head.row.hyperparameters)
        return " ".join((*names, settings)).lower()


def groups(
    board: Board,
    columns: Sequence[Column],
    styles: Mapping[str, Style],
    links: Mapping[str, str],
) -> list[Group]:
    """The rows of a board in the order of their heads' ranks.

    Args:
        board: The board.
        columns: Columns of the table.
        styles: Styles of families.
        links: Addresses of studies' pages, by the study's id.
    """
    rows = board.all_rows
    named = zip(rows, cells.labels(rows), overlaps_first(rows), strict=True)
    by_study: dict[str, list[ShownRow]] = {}
    for place, (row, label, is_open) in enumerate(named):
        shown = ShownRow(
            place=place,
            row=row,
            label=label,
            is_open=is_open,
            cells=[column.cell(row) for column in columns],
            style=None if row.is_reference else styles[row.family],
            link=links.get(row.study, ""),
        )
        by_study.setdefault(row.study or f"reference {row.family}", []).append(shown)
    return sorted(map(_group, by_study.values()), key=lambda group: group.head.place)


def _group(rows: Sequence[ShownRow]) -> Group:
    """The row of the search leads, whichever of the study's rows is better."""
    head = next((shown for shown in rows if shown.row.is_of_search), rows[0])
    return Group(head=head, children=[row for row in rows if row is not head])
