"""Boxes one below the other, such as the stages of a network."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.frame import Described, drawing
from bench.report.page.charts.svg import across, element, joined

_BOX, _LINE, _GAP = 22, 15, 12
"""Pixels of the highest box, of a line of text, and between boxes."""

_LETTERS = 42
"""Letters of a line that fit on a phone."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box below its text.

    Attributes:
        name: Its name, in as many lines as it needs.
        text: A line below the name.
        width, height: Between 0 and 1.
    """

    name: str
    text: str
    width: float
    height: float


def boxes(described: Described, each: Sequence[Box]) -> Markup:
    """Draw boxes from above to below."""
    top, rows = 0.0, []
    for box in each:
        row, pixels = _row(box, top)
        rows.append(row)
        top += pixels
    return drawing(described, *rows, height=top, margins=(4, 4, 4, 4))


def _row(box: Box, top: float) -> tuple[Markup, float]:
    """A box with its text, and the pixels that they take."""
    names = textwrap.wrap(box.name, _LETTERS)
    height = max(4.0, _BOX * box.height)
    below = top + _LINE * (len(names) + 1)
    lines = [
        element("text", name, x=0, y=top + _LINE * n + 11, class_="label")
        for n, name in enumerate(names)
    ]
    drawn = joined(
        *lines,
        element("text", box.text, x=0, y=below - 4, class_="tick"),
        element(
            "rect",
            x=0,
            width=across(box.width),
            y=below + 1,
            height=height,
            rx=2,
            class_="column",
        ),
    )
    return drawn, below + height + _GAP - top
