"""Horizontal bars, each below its name, with its value and perhaps an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.frame import Described, drawing
from bench.report.page.charts.svg import across, element, joined

_ROW, _BAR = 34, 10
"""Pixels of a row, and of its bar."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar.

    Attributes:
        name: Stands above the bar, to the left.
        text: Its value, above the bar to the right.
        value: Its length.
        low, high: An interval that is drawn over it.
        style: A class of ``charts.css``.
    """

    name: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None
    style: str = "column"


def bars(described: Described, each: Sequence[Bar]) -> Markup:
    """Bars from zero, one below the other; negative values have no length."""
    most = max([1e-12, *(max(bar.value, bar.high or 0.0) for bar in each)])
    rows = (_row(bar, n * _ROW, most) for n, bar in enumerate(each))
    return drawing(described, *rows, height=_ROW * len(each), margins=(4, 4, 4, 4))


def _row(bar: Bar, top: float, most: float) -> Markup:
    middle = top + 19 + _BAR / 2
    parts = [
        element("text", bar.name, x=0, y=top + 13, class_="label"),
        element("text", bar.text, x="100%", y=top + 13, class_="tick end"),
        element("rect", x=0, width="100%", y=top + 19, height=_BAR, class_="track"),
        element(
            "rect",
            x=0,
            width=across(max(0.0, bar.value) / most),
            y=top + 19,
            height=_BAR,
            class_=bar.style,
        ),
    ]
    if bar.low is not None and bar.high is not None:
        low, high = (across(max(0.0, end) / most) for end in (bar.low, bar.high))
        parts.append(
            element("line", x1=low, x2=high, y1=middle, y2=middle, class_="interval")
        )
    return joined(*parts)
