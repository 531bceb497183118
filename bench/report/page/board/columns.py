"""The columns of a board's table on the page, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.records import CLASSIFICATION, CLASSIFIER_METRICS, Metric, TaskType
from bench.records.durations import duration
from bench.records.selection import finite
from bench.report import cells
from bench.report.board import Board
from bench.report.page.board.cell import UNKNOWN, Cell, Column
from bench.report.page.board.interval import Span, bar
from bench.report.page.board.verdicts import verdicts
from bench.report.ranking import Row

GROUPS = {
    "score": "Scores",
    "more": "More scores",
    "cost": "Cost of the model",
    "search": "The search",
}
"""Groups of columns that a reader shows and hides, with their names."""


def columns(board: Board, on: Span) -> list[Column]:
    """The columns of a board after rank and family.

    Args:
        board: The board.
        on: Scores that bars are drawn for.
    """
    return [*_scores(board, on), *_more(board), *_costs(), *_search(board)]


def _scores(board: Board, on: Span) -> Iterator[Column]:
    task_type = board.task_type
    ranking = task_type.ranked_by
    yield Column(
        key=_key(task_type, ranking),
        title=f"Test {ranking.label}",
        group="score",
        cell=lambda row: Cell(
            text=cells.score(row),
            value=finite(row.score),
            low=row.low,
            high=row.high,
            drawing=bar(row, on),
        ),
        best_first=_best_first(ranking),
        remark=f"bars from {on.start:.3g} to {on.end:.3g}",
        has_interval=True,
    )
    yield from verdicts(board)
    yield Column(
        key=task_type.validated,
        title=f"Validation {task_type.objective.label}",
        group="score",
        cell=lambda row: _searched(row, cells.validation(row), row.validation),
        best_first=_best_first(task_type.objective),
    )
    for metric in task_type.shown:
        yield _metric(task_type, metric, "score")


def _more(board: Board) -> Iterator[Column]:
    """Metrics that every classifier is measured by, as far as rows have them."""
    task_type = board.task_type
    if task_type.kind != CLASSIFICATION:
        return
    for metric in CLASSIFIER_METRICS:
        is_known = any(row.metrics.get(metric.name) is not None for row in board.rows)
        if is_known and metric not in (task_type.ranked_by, *task_type.shown):
            yield _metric(task_type, metric, "more")


def _metric(task_type: TaskType, metric: Metric, group: str) -> Column:
    def cell(row: Row) -> Cell:
        value = row.metrics.get(metric.name)
        return _measured(row, cells.metric(value, metric), value)

    return Column(
        key=_key(task_type, metric),
        title=cells.capitalized(metric.label),
        group=group,
        cell=cell,
        best_first=_best_first(metric),
    )


def _costs() -> Iterator[Column]:
    yield _number("parameters", "Parameters", "cost", cells.number)
    yield _number(
        "train_seconds",
        "Training (s)",
        "cost",
        lambda value: cells.number(value, ",.1f"),
    )
    for size in (1, 64):
        yield _number(
            f"latency_ms_{size}",
            f"ms an image ({size})",
            "cost",
            cells.milliseconds,
        )


def _search(board: Board) -> Iterator[Column]:
    spent = {each.study.id: each.study.seconds for each in board.results}

    def time(row: Row) -> Cell:
        value = None if row.is_default else spent.get(row.study)
        return _searched(row, "" if value is None else duration(value), value)

    yield Column(key="study_seconds", title="Study", group="search", cell=time)
    yield _number(
        "search_core_seconds",
        "Search (core-s)",
        "search",
        lambda value: cells.number(value, ",.0f"),
    )
    yield _number("trials_finished", "Trials finished", "search", cells.number)
    yield _number("trials_failed", "Trials failed", "search", cells.number)
    yield _number("seeds", "Seeds", "search", cells.number)
    yield _text("tuner", "Tuner")
    yield _text("budget", "Budget")


def _number(
    key: str,
    title: str,
    group: str,
    text: Callable[[float | None], str],
) -> Column:
    def cell(row: Row) -> Cell:
        value = getattr(row, key)
        shown = _searched if group == "search" else _measured
        return shown(row, text(value), value)

    return Column(key=key, title=title, group=group, cell=cell)


def _text(key: str, title: str) -> Column:
    def cell(row: Row) -> Cell:
        value = getattr(row, key)
        return _searched(row, value, value or None)

    return Column(key=key, title=title, group="search", cell=cell, is_number=False)


def _measured(_: Row, text: str, value: float | str | None) -> Cell:
    return Cell(text=UNKNOWN if value is None else text, value=value)


def _searched(row: Row, text: str, value: float | str | None) -> Cell:
    """A cell about the search; a row that nobody searched can't have a value."""
    if value is None and (row.is_reference or row.is_default):
        return Cell(text=cells.UNKNOWN, value=None)
    return _measured(row, text, value)


def _key(task_type: TaskType, metric: Metric) -> str:
    """Name of a metric of the test images in ``leaderboard.csv``."""
    is_classified = task_type.kind == CLASSIFICATION
    return f"test_{metric.name}" if is_classified else metric.name


def _best_first(metric: Metric) -> str:
    return "descending" if metric.higher_is_better else "ascending"
