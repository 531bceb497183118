"""Columns that say which rows are better than which, and where nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.report import cells
from bench.report.board import Board
from bench.report.page.board.cell import UNKNOWN, Cell, Column
from bench.report.ranking import OPEN, TIED, WORSE, Row, overlaps_first
from bench.report.tested_images import row_key

_TEXTS = {WORSE: "worse", TIED: "tied", OPEN: "can’t say"}


def verdicts(board: Board) -> Iterator[Column]:
    """A column against the first row, and one against all rows where they are known."""
    yield Column(
        key="against_first",
        title="Against the first row",
        group="score",
        cell=_verdict_of(board),
        is_number=False,
    )
    if any(row.better_than is not None for row in board.rows):
        yield Column(
            key="better_than",
            title="Clearly better than",
            group="score",
            cell=_beaten_of(board),
            best_first="descending",
            remark=f"of {len(board.rows) - 1} rows",
        )


def _verdict_of(board: Board) -> Callable[[Row], Cell]:
    """What can be said of rows' differences from the first row."""
    overlapping = overlaps_first(board.rows)
    is_open = {id(row): each for row, each in zip(board.rows, overlapping, strict=True)}

    def cell(row: Row) -> Cell:
        if row is board.rows[0]:
            return Cell(text="first", value="first")
        if row.ensemble:
            return _gained(row)
        if row.verdict:
            p = "" if row.p_value is None else f", p = {row.p_value:.2g}"
            return Cell(
                text=_TEXTS.get(row.verdict, row.verdict),
                value=row.verdict,
                title=f"{row.verdict}{p}",
            )
        text = "intervals overlap" if is_open[id(row)] else "intervals apart"
        return Cell(text=text, value=text)

    return cell


def _gained(row: Row) -> Cell:
    """What an ensemble is better by than the single models of its study."""
    if row.gain is None:
        return Cell(text=UNKNOWN, value=None)
    ranking = row.task_type.ranked_by
    return Cell(
        text=f"{row.gain.mean:+.{ranking.digits}f} on its study".replace("-", "−"),
        value=None,
        title=f"95% interval over test images {ranking.text(row.gain.low)} to "
        f"{ranking.text(row.gain.high)}",
    )


def _beaten_of(board: Board) -> Callable[[Row], Cell]:
    """How many rows a row is better than for certain, and which ones."""
    names = dict(zip(map(row_key, board.rows), beaten(board), strict=True))

    def cell(row: Row) -> Cell:
        if row.ensemble:
            return Cell(text=cells.UNKNOWN, value=None)
        if row.better_than is None:
            return Cell(text=UNKNOWN, value=None)
        _, others = names[row_key(row)]
        return Cell(text=str(len(others)), value=len(others), title=", ".join(others))

    return cell


def beaten(board: Board) -> Iterator[tuple[str, list[str]]]:
    """Names of all rows, each with those of the rows that it is clearly better than."""
    labels = cells.labels(board.rows)
    names = dict(zip(map(row_key, board.rows), labels, strict=True))
    for row, label in zip(board.rows, labels, strict=True):
        yield label, [names[key] for key in row.better_than or ()]
