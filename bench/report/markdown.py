"""Leaderboards as Markdown that is also readable as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.report import board_texts, cells
from bench.report.across import Overall, overall_lines, sentences
from bench.report.board import Board
from bench.report.command import search_command
from bench.report.cost_tables import cost_lines, cost_remarks
from bench.report.ranking import Row, overlaps_first
from bench.text import Markdown, code, markdown

_TEMPLATES = Path(__file__).parent / "templates"
_LEFT_ALIGNED = {"Family", "Budget", "Tuner"}
Image = tuple[str, str]
"""Path of a plot, relative to the document, and what it shows."""

_CELL = 200
"""Characters of a cell, since the longest one makes a whole column as wide."""


def to_markdown(
    boards: Sequence[Board], across: Sequence[Overall], plots: Sequence[Sequence[Image]]
) -> str:
    """The boards as one document.

    Args:
        boards: Boards that the document shows.
        across: Families across the data sets of these boards.
        plots: Plots of each of ``across``, then of each board.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=markdown,  # every value, so that none can be forgotten
    )
    environment.filters |= {
        "number": cells.number,
        "capitalized": cells.capitalized,
        "code": code,
        "hyperparameters": cells.hyperparameters,
        "command": lambda results: search_command(results.study.spec),
        "progress": board_texts.progress,
    }
    return environment.get_template("leaderboard.md.j2").render(
        overall=[_across(a, p) for a, p in zip(across, plots, strict=False)],
        boards=[
            _section(b, p) for b, p in zip(boards, plots[len(across) :], strict=True)
        ],
    )


def _section(board: Board, plots: Sequence[Image]) -> dict[str, object]:
    rows = board.shown_rows
    overlaps = overlaps_first(rows)
    named = list(zip(cells.labels(rows), rows, strict=True))
    return board_texts.shared(board) | {
        "table": _table(_narrow, rows, overlaps),
        "more": _table(_more, rows, overlaps),
        "searched": [(name, row) for name, row in named if row.hyperparameters],
        "noted": [(name, row) for name, row in named if row.note],
        "has_rows": bool(board.rows),
        "has_overlaps": any(overlaps),
        "references": [row.family for row in board.rows if row.is_reference],
        "plots": _images(plots),
        "unfinished": [] if board.repeats else board.unfinished,
        "at_equal_cost": _aligned(cost_lines(board)),
        "cost_remarks": cost_remarks(board),
        "ensembles": cells.ensembles(rows),
        "members": [(name, member) for name, row in named for member in row.members],
    }


def _table(
    columns: Callable[[Row], dict[str, str]],
    rows: Sequence[Row],
    overlaps: Sequence[bool],
) -> Markdown:
    """Some columns of a board, after those that name its rows."""
    pairs = zip(rows, overlaps, strict=True)
    return _aligned([_named(*pair) | columns(pair[0]) for pair in pairs])


def _across(across: Overall, plots: Sequence[Image]) -> dict[str, object]:
    return {
        "kind": across.kind,
        "table": _aligned(overall_lines(across)),
        "sentences": sentences(across),
        "plots": _images(plots),
    }


def _images(plots: Sequence[Image]) -> list[tuple[str, Markdown]]:
    """Alternative texts and paths of plots."""
    return [(seen, Markdown(quote(path))) for path, seen in plots]


def _aligned(lines: Sequence[Mapping[str, str]]) -> Markdown:
    """A table with columns of equal width; all lines have the same keys."""
    if not lines:
        return Markdown("")
    names = list(lines[0])
    rows = [names] + [[line[name] for name in names] for line in lines]
    texts = [[markdown(text, _CELL) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    left = [name in _LEFT_ALIGNED for name in names]
    ruler = [
        ":" + "-" * (width - 1) if to_left else "-" * (width - 1) + ":"
        for width, to_left in zip(widths, left, strict=True)
    ]
    padded = [
        [
            text.ljust(width) if to_left else text.rjust(width)
            for text, width, to_left in zip(line, widths, left, strict=True)
        ]
        for line in texts
    ]
    return Markdown("\n".join(map(_line, [padded[0], ruler, *padded[1:]])))


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _named(row: Row, overlaps: bool) -> dict[str, str]:
    """Rank and family, by which a reader finds a row in both tables."""
    family = row.name
    if row.held:
        family += f" ({cells.hyperparameters(row.held)})"
    return {
        "Rank": cells.rank(row, overlaps),
        "Family": f"{family} (reference)" if row.is_reference else family,
    }


def _narrow(row: Row) -> dict[str, str]:
    """The score, and five columns beside it: a repository's page has room for them."""
    task_type = row.task_type
    return {
        f"Test {task_type.ranked_by.label}": cells.score(row),
        f"Validation {task_type.objective.label}": cells.validation(row),
        "Parameters": cells.number(row.parameters),
        "Train s": cells.number(row.train_seconds, ",.1f"),
        "Search core-s": cells.number(row.search_core_seconds, ",.0f"),
        "Seeds": cells.number(row.seeds),
    }


def _more(row: Row) -> dict[str, str]:
    """All columns that the narrow table leaves out."""
    shown = {
        cells.capitalized(metric.label): cells.metric(
            row.metrics.get(metric.name), metric
        )
        for metric in row.task_type.shown
    }
    return {
        **shown,
        "ms/image (1)": cells.milliseconds(row.latency_ms_1),
        "ms/image (64)": cells.milliseconds(row.latency_ms_64),
        "Trials finished/failed": cells.trials(row),
        "Budget": row.budget or cells.UNKNOWN,
        "Tuner": row.tuner or cells.UNKNOWN,
    }
