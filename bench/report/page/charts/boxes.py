"""Boxes one below the other, such as the stages of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.frame import Described, drawing
from bench.report.page.charts.svg import across, element, joined

_ROW, _BOX = 62, 22
"""Pixels of a row, and of its highest box."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box with two lines of text above it.

    Attributes:
        name: The first line.
        text: The second line.
        width, height: Between 0 and 1.
    """

    name: str
    text: str
    width: float
    height: float


def boxes(described: Described, each: Sequence[Box]) -> Markup:
    """Draw boxes from above to below."""
    rows = (_row(box, n * _ROW) for n, box in enumerate(each))
    return drawing(described, *rows, height=_ROW * len(each), margins=(4, 4, 4, 4))


def _row(box: Box, top: float) -> Markup:
    height = max(4.0, _BOX * box.height)
    return joined(
        element(
            "text",
            box.name,
            element("title", box.name),
            x=0,
            y=top + 12,
            class_="label",
        ),
        element("text", box.text, x=0, y=top + 26, class_="tick"),
        element(
            "rect",
            x=0,
            width=across(box.width),
            y=top + 32,
            height=height,
            rx=2,
            class_="column",
        ),
    )
