"""Leaderboards for the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from bench.records import TaskType
from bench.report import cells
from bench.report.board import Board
from bench.report.equal_cost import mixes_budgets
from bench.report.ranking import Row, overlaps_first
from bench.text import encodable, terminal
from bench.text.console import CELL, Cell

WIDTH = 100
"""Columns of a window in which a leaderboard of classifiers fits."""

_FAMILY_WIDTH = 8

_COLUMNS = (
    "Param-\neters",
    "Train\ns",
    "ms per\nimage",
    "Trials\nok/bad",
    "Search\ncore-s",
)


def table(board: Board, width: int = WIDTH) -> Table:
    """A board as a table; milliseconds per image are those at batch size 64.

    Args:
        board: The board.
        width: Columns of the window. In a narrow one the last columns of the table are
            left out, since a number that is cut is another number.
    """
    names, *lines = contents(board)
    count = _fitting([names, *lines], width)
    shown = Table(
        title=Text(terminal(board.title), style="bold"),
        caption=_caption(board, names[count:]),
        box=box.SIMPLE_HEAD,
        padding=0,
        title_justify="left",
        caption_justify="left",
    )
    for name in names[:count]:
        if name == "Family":  # the only column that is folded in a narrow window
            shown.add_column(name, min_width=_FAMILY_WIDTH, overflow="fold")
        else:
            shown.add_column(_cell(name), justify="right", no_wrap=True)
    for row, line in zip(board.shown_rows, lines, strict=True):
        style = "dim" if row.is_reference else None
        shown.add_row(*map(_cell, line[:count]), style=style)
    return shown


def contents(board: Board) -> list[list[str]]:
    """The headings of a board's table, then the texts of each row.

    A line break in a text is one that a narrow column may have.
    """
    rows = board.shown_rows
    overlaps, labels = overlaps_first(rows), cells.labels(rows)
    names = ["Rank", "Family", *_score_columns(board.task_type), *_COLUMNS]
    return [names, *map(_texts, rows, labels, overlaps)]


def _fitting(lines: Sequence[Sequence[str]], width: int) -> int:
    """The number of columns that fit into a window, with a space around each."""
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    widths[1] = _FAMILY_WIDTH
    count = len(widths)
    while sum(widths[:count]) + count + 1 > width and count > 3:
        count -= 1
    return count


def _width(text: str) -> int:
    """The width of a text, at its longest in encodings that lack its characters."""
    return max(cell_len(encodable(line, "ascii")) for line in text.split("\n"))


def _cell(text: str) -> Cell:
    return Cell(*text.split("\n"))


def _score_columns(task_type: TaskType) -> list[str]:
    labels = [
        f"Test {task_type.ranked_by.label}",
        f"Valid. {task_type.objective.label}",
        *(cells.capitalized(metric.label) for metric in task_type.shown),
    ]
    return [label.replace(" ", "\n").replace("Comp", "Com-\np") for label in labels]


def comparisons(board: Board) -> Iterator[Text]:
    """A line for each comparison of two studies on a board, and for each ensemble."""
    for comparison in board.comparisons:
        yield Text(terminal(cells.compared(comparison)))
    for line in cells.ensembles(board.shown_rows):
        yield Text(terminal(line))


def _texts(row: Row, label: str, is_marked: bool) -> list[str]:
    return [
        cells.rank(row, is_marked),
        terminal(label, CELL),
        cells.score(row),
        cells.validation(row).replace(" ± ", "\n± ").replace(", ", "\n"),
        *(cells.metric(row.metrics.get(m.name), m) for m in row.task_type.shown),
        cells.number(row.parameters),
        cells.number(row.train_seconds, ",.1f"),
        cells.milliseconds(row.latency_ms_64),
        cells.trials(row),
        cells.number(row.search_core_seconds, ",.0f"),
    ]


def _caption(board: Board, left_out: Sequence[str]) -> Text:
    sentences = []
    if any(row.low is not None for row in board.rows):
        over = cells.covered(board.rows)
        sentences.append(f"± 95% interval of the mean over {over}.")
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
    if left_out:
        names = ", ".join(
            name.replace("-\n", "").replace("\n", " ") for name in left_out
        )
        sentences.append(f"Left out in this narrow window: {terminal(names)}.")
    return Text(" ".join(sentences), style="dim")
