"""Leaderboards for the console."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from rich.text import Text

from bench.records import CLASSIFICATION, Metric, TaskType
from bench.report import cells
from bench.report.board import Board
from bench.report.column_meanings import COLUMNS
from bench.report.columns import column_texts
from bench.report.equal_cost import mixes_budgets
from bench.report.ranking import Row, overlaps_first
from bench.text import terminal
from bench.text.table import Column, FittedTable

LEADERBOARD = "the command leaderboard shows them with --wide"
"""Where a search shows the columns for which its window has no room."""

_COSTS: tuple[tuple[str, str, int, Callable[[Row], str]], ...] = (
    ("parameters", "Param-\neters", 3, lambda row: cells.number(row.parameters)),
    (
        "train_seconds",
        "Train\ns",
        4,
        lambda row: cells.number(row.train_seconds, ",.1f"),
    ),
    (
        "latency_ms_64",
        "ms per\nimage",
        8,
        lambda row: cells.milliseconds(row.latency_ms_64),
    ),
    ("trials", "Trials\nok/bad", 6, cells.trials),
    (
        "search_core_seconds",
        "Search\ncore-s",
        7,
        lambda row: cells.number(row.search_core_seconds, ",.0f"),
    ),
)
"""Columns of costs: name, heading, importance and text."""

_METRICS = 5
"""Importance of the metrics beside the one that ranks."""


def table(
    board: Board, names: Sequence[str] | None = None, *, way_out: str = LEADERBOARD
) -> FittedTable:
    """A board as a table; milliseconds per image are those at batch size 64.

    Args:
        board: The board.
        names: The columns to show, of this table or of ``leaderboard.csv``; None for
            those of this table.
        way_out: How to see the columns for which a window has no room.

    Raises:
        UsageError: There is no column of a name.
    """
    shown = FittedTable(
        columns=columns(board),
        title=terminal(board.title),
        caption=_caption(board),
        styles=["dim" if row.is_reference else "" for row in board.shown_rows],
        is_ruled=True,
        way_out=way_out,
    )
    if names is None:
        return shown
    own = {column.name for column in shown.columns}
    others = [_of_csv(board, name) for name in COLUMNS if name not in own]
    return replace(shown, columns=[*shown.columns, *others]).only(names)


def columns(board: Board) -> list[Column]:
    """The columns of a board's table."""
    rows, task_type = board.shown_rows, board.task_type
    ranked, objective = task_type.ranked_by, task_type.objective
    ranks = map(cells.rank, rows, overlaps_first(rows))
    validation = [
        cells.validation(row).replace(" ± ", "\n± ").replace(", ", "\n") for row in rows
    ]
    return [
        _numbers("rank", "Rank", 0, ranks),
        Column(name="family", heading="Family", texts=cells.labels(rows), wraps=True),
        _numbers(
            _tested(task_type, ranked),
            _heading(f"Test {ranked.label}"),
            0,
            map(cells.score, rows),
        ),
        _numbers(
            task_type.validated, _heading(f"Valid. {objective.label}"), 2, validation
        ),
        *(_metric(rows, metric, task_type) for metric in task_type.shown),
        *(
            _numbers(name, heading, importance, map(text, rows))
            for name, heading, importance, text in _COSTS
        ),
    ]


def comparisons(board: Board) -> Iterator[Text]:
    """A line for each comparison of two studies on a board, and for each ensemble."""
    for comparison in board.comparisons:
        yield Text(terminal(cells.compared(comparison)))
    for line in cells.ensembles(board.shown_rows):
        yield Text(terminal(line))


def _metric(rows: Sequence[Row], metric: Metric, task_type: TaskType) -> Column:
    texts = [cells.metric(row.metrics.get(metric.name), metric) for row in rows]
    heading = _heading(cells.capitalized(metric.label))
    return _numbers(_tested(task_type, metric), heading, _METRICS, texts)


def _of_csv(board: Board, name: str) -> Column:
    """A column of ``leaderboard.csv``."""
    texts = column_texts(board, name)
    return Column(name=name, heading=name.replace("_", " "), texts=texts, wraps=True)


def _numbers(name: str, heading: str, importance: int, texts: Iterable[str]) -> Column:
    return Column(
        name=name,
        heading=heading,
        texts=list(texts),
        importance=importance,
        is_right=True,
    )


def _tested(task_type: TaskType, metric: Metric) -> str:
    """Name of a metric's column in ``leaderboard.csv``."""
    is_classified = task_type.kind == CLASSIFICATION
    return f"test_{metric.name}" if is_classified else metric.name


def _heading(label: str) -> str:
    """A heading of short lines."""
    return label.replace(" ", "\n").replace("Comp", "Com-\np")


def _caption(board: Board) -> str:
    sentences = []
    if any(row.low is not None for row in board.rows):
        over = cells.covered(board.rows)
        sentences.append(f"± 95% interval of the mean over {over}.")
    if useless := cells.useless(board.shown_rows):
        sentences.append(f"{useless}.")
    if any(overlaps_first(board.rows)):
        sentences.append(f"≈ {cells.mark(board.rows)}.")
    if any(row.is_reference for row in board.rows):
        sentences.append("Dim rows are references.")
    if mixes_budgets(board):
        sentences.append(
            "Budgets differ: leaderboard --at TIME compares at equal cost."
        )
    if any(row.ensemble for row in board.shown_rows):
        sentences.append("Rows without a rank are ensembles.")
    if board.unfinished:
        sentences.append(f"Unfinished studies: {len(board.unfinished)}.")
    return " ".join(sentences)
