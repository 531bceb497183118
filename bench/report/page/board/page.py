"""Makes the page of all boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import board_texts, cells
from bench.report.board import Board
from bench.report.command import search_command
from bench.report.page.board.across import across
from bench.report.page.board.columns import GROUPS, columns
from bench.report.page.board.cost import cost_charts
from bench.report.page.board.equal_cost import equal_cost
from bench.report.page.board.interval import row_span
from bench.report.page.board.rows import groups
from bench.report.page.board.verdicts import beaten
from bench.report.page.images import Page
from bench.report.page.names import BOARDS
from bench.report.page.rendering import render
from bench.report.palette import Style, styles


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """A value by which rows or boards are filtered."""

    name: str
    label: str
    values: Sequence[str]


Comparisons = Mapping[str, Sequence[tuple[str, str]]]
"""Addresses and texts of links to comparisons, by the key of the board."""


def board_page(
    boards: Sequence[Board], links: Mapping[str, str], comparisons: Comparisons
) -> Page:
    """The page of all boards of a store.

    Args:
        boards: The boards.
        links: Addresses of studies' pages, by the study's id.
        comparisons: Links to pages that compare studies.
    """
    families = {r.study.spec.family for board in boards for r in board.results}
    style_of = styles(families)
    compared = across(boards)
    sections = [
        _section(board, style_of, links) | {"comparisons": comparisons.get(board.key)}
        for board in boards
    ]
    known = {column.group for section in sections for column in section["columns"]}
    html = render(
        "board/index.html.j2",
        scripts=("sorting.js", "board/board.js"),
        styles=("charts/charts.css", "board/board.css"),
        title="Leaderboard",
        kind="keras-leaderboard",
        pages=[],
        contents=[
            *((each.anchor, f"across data sets: {each.kind}") for each in compared),
            *((section["id"], section["title"]) for section in sections),
        ],
        made_with="Written by python -m bench report, from the store alone.",
        boards=sections,
        across=compared,
        choices=[choice for choice in _choices(boards) if len(choice.values) > 1],
        groups={name: label for name, label in GROUPS.items() if name in known},
    )
    return Page(name=BOARDS, html=html)


def _choices(boards: Sequence[Board]) -> list[_Choice]:
    rows = [row for board in boards for row in board.rows]
    return [
        _Choice(
            name="task",
            label="Task type",
            values=sorted({board.task_type.kind for board in boards}),
        ),
        _Choice(
            name="tuner",
            label="Tuner",
            values=sorted({row.tuner for row in rows if row.tuner}),
        ),
        _Choice(
            name="budget",
            label="Budget",
            values=sorted({row.budget for row in rows if row.budget}),
        ),
    ]


def _section(
    board: Board, style_of: Mapping[str, Style], links: Mapping[str, str]
) -> dict[str, Any]:
    on = row_span(board.all_rows) if board.rows else None
    shown = columns(board, on) if on else []
    rows = groups(board, shown, style_of, links)
    listed = [row for group in rows for row in (group.head, *group.children)]
    return board_texts.shared(board) | {
        "id": f"board-{cells.file_part(board.task.title)}-{board.key[:8]}",
        "columns": shown,
        "groups": rows,
        "at_cost": equal_cost(board, style_of),
        "charts": cost_charts(board, listed, on) if on else [],
        "searched": [g.head for g in rows if g.head.row.hyperparameters],
        "ensembles": cells.ensembles(board.all_rows),
        "beaten": [(name, others) for name, others in beaten(board) if others],
        "noted": [each for each in listed if each.row.note],
        "has_open": any(each.is_open for each in listed),
        "has_references": any(row.is_reference for row in board.rows),
        "unfinished": [
            (each.study, board_texts.progress(each), search_command(each.study.spec))
            for each in ([] if board.repeats else board.unfinished)
        ],
    }
