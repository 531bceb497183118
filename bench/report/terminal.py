"""Leaderboards for the console, readable at 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from bench.records import Goal
from bench.report import cells
from bench.report.board import Board
from bench.report.overall import Overall
from bench.report.ranking import Row, alike

_COLUMNS = (
    "Param-\neters",
    "Train\ns",
    "ms per\nimage",
    "Trials\nok/bad",
    "Search\ncore-s",
)


def table(board: Board) -> Table:
    """A board as a table; milliseconds per image are those at batch size 64."""
    close = alike(board.rows)
    made = Table(
        title=Text(board.title, style="bold"),
        caption=_caption(board, any(close)),
        box=box.SIMPLE_HEAD,
        padding=0,
        title_justify="left",
        caption_justify="left",
    )
    made.add_column("Rank", justify="right", no_wrap=True)
    # The only column that may be shortened where the window is narrow.
    made.add_column("Family", min_width=8, overflow="fold")
    for name in (*_score_columns(board.goal), *_COLUMNS):
        made.add_column(name, justify="right", no_wrap=True)
    for row, label, is_alike in zip(
        board.rows, cells.labels(board.rows), close, strict=True
    ):
        style = "dim" if row.is_reference else None
        made.add_row(*_cells(row, label, is_alike), style=style)
    return made


def _score_columns(goal: Goal) -> list[str]:
    labels = [
        f"Test {goal.ranked_by.label}",
        f"Valid. {goal.objective.label}",
        *(cells.capitalized(metric.label) for metric in goal.shown),
    ]
    return [label.replace(" ", "\n").replace("Comp", "Com-\np") for label in labels]


def overall_table(whole: Overall) -> Table:
    """Families across boards, by mean rank."""
    made = Table(
        title=Text(f"Across boards: {whole.goal.task}", style="bold"),
        box=box.SIMPLE_HEAD,
        padding=0,
        title_justify="left",
    )
    made.add_column("Family")
    for name in ("Mean\nrank", *(board.title for board in whole.boards)):
        made.add_column(Text(name), justify="right")
    for standing in whole.standings:
        texts = [cells.metric(score, whole.goal.ranked_by) for score in standing.scores]
        made.add_row(Text(standing.name), f"{standing.mean_rank:.2f}", *texts)
    return made


def comparisons(board: Board) -> Iterator[Text]:
    """What studies that differ in one held hyperparameter show, a line each."""
    for comparison in board.comparisons:
        yield Text(cells.compared(comparison))


def _cells(row: Row, label: str, is_alike: bool) -> list[Text]:
    texts = (
        f"{'≈ ' if is_alike else ''}{row.rank}",
        label,
        cells.score(row),
        cells.validation(row).replace(" ± ", "\n± ").replace(", ", "\n"),
        *(cells.metric(row.metrics.get(m.name), m) for m in row.goal.shown),
        cells.number(row.parameters),
        cells.number(row.train_seconds, ",.1f"),
        cells.milliseconds(row.latency_ms_64),
        cells.trials(row),
        cells.number(row.search_core_seconds, ",.0f"),
    )
    # As Text, since brackets in a family's name would read as markup.
    return [Text(text) for text in texts]


def _caption(board: Board, any_alike: bool) -> Text:
    lines = []
    if any(row.low is not None for row in board.rows):
        lines.append("± 95% interval of the mean over seeds.")
    if any_alike:
        one = any(row.seeds == 1 for row in board.rows)
        why = " (one seed gives no interval)" if one else ""
        lines.append(f"≈ can't be told from the first row{why}.")
    if any(row.is_reference for row in board.rows):
        lines.append("Dim rows are references.")
    if board.unfinished:
        lines.append(f"Unfinished studies: {len(board.unfinished)}.")
    return Text(" ".join(lines), style="dim")
