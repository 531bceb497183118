"""Leaderboards for the console, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from bench.records import TaskType
from bench.report import cells
from bench.report.board import Board
from bench.report.overall import Overall
from bench.report.ranking import Row, overlaps_first
from bench.text import terminal
from bench.text.console import Cell

_COLUMNS = (
    "Param-\neters",
    "Train\ns",
    "ms per\nimage",
    "Trials\nok/bad",
    "Search\ncore-s",
)


def table(board: Board) -> Table:
    """A board as a table; milliseconds per image are those at batch size 64."""
    overlaps = overlaps_first(board.rows)
    shown = Table(
        title=Text(terminal(board.title), style="bold"),
        caption=_caption(board, has_overlaps=any(overlaps)),
        box=box.SIMPLE_HEAD,
        padding=0,
        title_justify="left",
        caption_justify="left",
    )
    shown.add_column("Rank", justify="right", no_wrap=True)
    # The only column that is folded in a narrow window.
    shown.add_column("Family", min_width=8, overflow="fold")
    for name in (*_score_columns(board.task_type), *_COLUMNS):
        shown.add_column(name, justify="right", no_wrap=True)
    for row, label, is_marked in zip(
        board.rows, cells.labels(board.rows), overlaps, strict=True
    ):
        style = "dim" if row.is_reference else None
        shown.add_row(*_cells(row, label, is_marked), style=style)
    return shown


def _score_columns(task_type: TaskType) -> list[str]:
    labels = [
        f"Test {task_type.ranked_by.label}",
        f"Valid. {task_type.objective.label}",
        *(cells.capitalized(metric.label) for metric in task_type.shown),
    ]
    return [label.replace(" ", "\n").replace("Comp", "Com-\np") for label in labels]


def overall_table(across: Overall) -> Table:
    """Families across boards, by mean rank."""
    shown = Table(
        title=Text(f"Across boards: {across.task_type.kind}", style="bold"),
        box=box.SIMPLE_HEAD,
        padding=0,
        title_justify="left",
    )
    shown.add_column("Family", overflow="fold")
    shown.add_column("Mean\nrank", justify="right", no_wrap=True)
    for board in across.boards:
        shown.add_column(Cell(board.title), justify="right", overflow="fold")
    ranking = across.task_type.ranked_by
    for standing in across.standings:
        texts = [cells.metric(score, ranking) for score in standing.scores]
        shown.add_row(*map(Cell, (standing.name, f"{standing.mean_rank:.2f}", *texts)))
    return shown


def comparisons(board: Board) -> Iterator[Text]:
    """A line for each comparison of two studies on a board."""
    for comparison in board.comparisons:
        yield Text(terminal(cells.compared(comparison)))


def _cells(row: Row, label: str, is_marked: bool) -> list[Cell]:
    validation = cells.validation(row).replace(" ± ", "\n± ").replace(", ", "\n")
    texts = (
        f"{'≈ ' if is_marked else ''}{row.rank}",
        label,
        cells.score(row),
        *(cells.metric(row.metrics.get(m.name), m) for m in row.task_type.shown),
        cells.number(row.parameters),
        cells.number(row.train_seconds, ",.1f"),
        cells.milliseconds(row.latency_ms_64),
        cells.trials(row),
        cells.number(row.search_core_seconds, ",.0f"),
    )
    shown = list(map(Cell, texts))
    return [*shown[:3], Cell(*validation.split("\n")), *shown[3:]]


def _caption(board: Board, *, has_overlaps: bool) -> Text:
    sentences = []
    if any(row.low is not None for row in board.rows):
        sentences.append("± 95% interval of the mean over seeds.")
    if has_overlaps:
        text = "≈ its 95% interval overlaps that of the first row"
        if any(row.seeds == 1 for row in board.rows):
            text += ", or one of the two has a single seed and so no interval"
        sentences.append(f"{text}.")
    if any(row.is_reference for row in board.rows):
        sentences.append("Dim rows are references.")
    if board.unfinished:
        sentences.append(f"Unfinished studies: {len(board.unfinished)}.")
    return Text(" ".join(sentences), style="dim")
