"""Badges: a board's data set, best family and score as a small SVG for a README."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from bench.files import Attempts, explained, remove_file, replace_file
from bench.records.wording import counted
from bench.report import cells
from bench.report.board import Board
from bench.report.page.charts import element
from bench.report.ranking import Row, overlaps_first
from bench.text import shortened

FOLDER = "badges"
"""Folder of the badges, beside the store."""

_MARK = "keras-leaderboard-badge"
"""Identity of the root of every badge, by which those that are gone are known."""

_NAME = 30
"""Maximum length of the name of a data set or family."""

_HEIGHT, _PADDING = 20, 6
_LETTER, _WIDE_LETTER = 6.6, 11.0
"""Pixels of a letter, and of a Chinese, Japanese or Korean one."""

_GROUND, _ACCENT = "#3a4149", "#0b62a8"
"""Grounds of white text, so that a badge is read on a light page and on a dark one."""


def badges(boards: Sequence[Board]) -> dict[str, str]:
    """The badges of boards that list a searched family, by the names of their files."""
    best = [(b, row) for b in boards if (row := _best(b)) is not None]
    return {_file_name(board): _badge(board, row) for board, row in best}


def update(folder: Path, made: Mapping[str, str], attempts: Attempts) -> None:
    """Write badges, and remove those of boards that are gone.

    Args:
        folder: Folder of the badges.
        made: Badges by the names of their files.
        attempts: Keeps the refusals of files that can't be written.
    """
    for name, badge in made.items():
        with attempts:
            replace_file(folder / name, badge.encode())
    for path in folder.glob("*.svg"):
        if path.name not in made and _is_ours(path):
            with attempts:
                remove_file(path)


def _is_ours(path: Path) -> bool:
    with explained(path):
        return path.is_file() and _MARK.encode() in path.read_bytes()


def _file_name(board: Board) -> str:
    dataset = cells.file_part(board.task.title)
    repeats = "-repeats" if board.repeats else ""
    return f"{dataset}-{board.key[:8]}{repeats}.svg"


def _best(board: Board) -> Row | None:
    return next((row for row in board.rows if not row.is_reference), None)


def _badge(board: Board, row: Row) -> str:
    metric = row.task_type.ranked_by
    name = shortened(board.task.title, _NAME)
    score = f"{shortened(row.name, _NAME)} {cells.score(row)} {metric.label}"
    left, right = _width(name), _width(score)
    drawn = element(
        "svg",
        element("title", f"{name}: {score}"),
        element("desc", _described(board, row)),
        _part(0, left, name, _GROUND),
        _part(left, right, score, _ACCENT),
        xmlns="http://www.w3.org/2000/svg",
        id=_MARK,
        role="img",
        width=left + right,
        height=_HEIGHT,
        viewBox=f"0 0 {left + right} {_HEIGHT}",
        font_family="Verdana, DejaVu Sans, sans-serif",
        font_size=11,
    )
    return f"{drawn}\n"


def _described(board: Board, row: Row) -> str:
    """What the numbers mean, for those who hover over the badge or have it read."""
    open_rows = zip(board.rows, overlaps_first(board.rows), strict=True)
    alike = sum(is_open and not row.is_reference for row, is_open in open_rows)
    text = f"Best family by test {row.task_type.ranked_by.label}"
    if row.low is not None:
        text += f"; ± is the 95% interval over {cells.covered(board.rows)}"
    if row is board.rows[0] and alike:
        text += f"; {counted(alike, 'more row')} may be as good"
    return f"{text}."


def _part(start: int, width: int, text: str, ground: str) -> Markup:
    rect = element("rect", x=start, width=width, height=_HEIGHT, fill=ground)
    # The length is fixed, since nobody knows the reader's fonts.
    return rect + element(
        "text",
        text,
        x=start + _PADDING,
        y=14,
        textLength=width - 2 * _PADDING,
        lengthAdjust="spacingAndGlyphs",
        fill="#ffffff",
    )


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    letters = _LETTER * (len(text) - wide) + _WIDE_LETTER * wide
    return round(letters) + 2 * _PADDING
