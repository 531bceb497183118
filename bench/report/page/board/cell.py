"""Columns of a board's table, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.ranking import Row

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a cell shows, and the value by which it is sorted and copied.

    Attributes:
        text: What is read.
        value: Unrounded; None if it is unknown, which comes last.
        low, high: Ends of the interval of the value.
        drawing: Stands before the text.
        title: Explains the text.
    """

    text: str
    value: float | str | None
    low: float | None = None
    high: float | None = None
    drawing: Markup | str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        key: Name of its values in CSV and JSON, that of ``leaderboard.csv``.
        title: Its heading.
        group: Key in ``GROUPS``.
        cell: Makes the cell of a row.
        is_number: Whether its values are numbers.
        best_first: How it is sorted first: ``ascending`` or ``descending``.
        remark: Explains the heading.
        has_interval: Whether its cells have ends of an interval.
    """

    key: str
    title: str
    group: str
    cell: Callable[[Row], Cell]
    is_number: bool = True
    best_first: str = "ascending"
    remark: str = ""
    has_interval: bool = False
