"""A heat map: a cell for each pair of a row and a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from bench.report.page.charts.frame import Described, drawing
from bench.report.page.charts.svg import LETTER, across, element, joined, shade
from bench.text import shortened

_LABELS, _TEXTS = 40, 12
"""Numbers of rows up to which they are labelled, and up to which cells have texts and
tooltips; those of more rows are drawn together, by colour."""

_NAME = 14
"""Letters of a label."""


@dataclass(frozen=True, kw_only=True)
class HeatCells:
    """What a heat map shows.

    Attributes:
        names: Of rows and columns, which are the same.
        shares: ``(n, n)``, between 0 and 1: the colour.
        texts: ``(n, n)``, what stands in a cell; empty for nothing.
        tips: ``(n, n)``, tooltips.
        labels: Of the vertical and of the horizontal axis.
    """

    names: Sequence[str]
    shares: np.ndarray
    texts: np.ndarray
    tips: np.ndarray
    labels: tuple[str, str]


def heat_map(described: Described, cells: HeatCells) -> Markup:
    """Draw a square heat map; its rows shrink where there are many."""
    count = len(cells.names)
    row = 30 if count <= _TEXTS else max(4, 520 // count)
    names = [shortened(name, _NAME) for name in cells.names]
    has_labels = count <= _LABELS
    longest = max(map(len, names)) if has_labels else 0
    left = 10 + LETTER * longest
    # Labels of columns are turned where they are longer than a digit or two.
    is_turned = longest > 3
    below = (16 + LETTER * longest if is_turned else 22) if has_labels else 6
    height = row * count
    texts = _labels(names, row, height, is_turned) if has_labels else []
    if count > _TEXTS:
        marks = [_together(cells.shares, height)]
    else:
        marks = [_cell(cells, i, j, row) for i in range(count) for j in range(count)]
    return drawing(
        described,
        *marks,
        *texts,
        element("text", cells.labels[0], x=-left, y=-10, class_="label"),
        element(
            "text", cells.labels[1], x="100%", y=height + below + 12, class_="label end"
        ),
        height=height,
        margins=(24, 6, below + 18, left),
    )


def _together(shares: np.ndarray, height: int) -> Markup:
    """A path for each colour: thousands of cells would make a page heavy."""
    squares: dict[str, list[str]] = {}
    for i, j in np.argwhere(shares > 0).tolist():
        name = shade(float(shares[i, j]))
        squares.setdefault(name, []).append(f"M{j} {i}h1v1h-1z")
    count = len(shares)
    return element(
        "svg",
        *(
            element("path", d="".join(parts), class_=f"cells {name}")
            for name, parts in sorted(squares.items())
        ),
        viewBox=f"0 0 {count} {count}",
        preserveAspectRatio="none",
        width="100%",
        height=height,
        aria_hidden="true",
    )


def _cell(cells: HeatCells, i: int, j: int, row: int) -> Markup:
    count, share, text = len(cells.names), cells.shares[i, j], str(cells.texts[i, j])
    if share <= 0 and not text:
        return Markup("")
    name = shade(share)
    parts = [
        element(
            "rect",
            element("title", str(cells.tips[i, j])),
            x=across(j / count),
            y=i * row,
            width=across(1 / count),
            height=row,
            class_=f"cell {name} {'agreed' if i == j else ''}".strip(),
        )
    ]
    if text and count <= _TEXTS:
        parts.append(
            element(
                "text",
                text,
                x=across((j + 0.5) / count),
                y=i * row + row / 2 + 4,
                class_=f"tick middle ink {name}",
            )
        )
    return joined(*parts)


def _labels(
    names: Sequence[str], row: int, height: int, is_turned: bool
) -> list[Markup]:
    # Where rows are lower than letters, some names are left out.
    step = max(1, -(-13 // row))
    found = []
    for n, name in list(enumerate(names))[::step]:
        found.append(
            element("text", name, x=-6, y=(n + 0.5) * row + 4, class_="tick end")
        )
        x = across((n + 0.5) / len(names))
        text = (
            element("text", name, class_="tick end turned")
            if is_turned
            else (element("text", name, class_="tick middle"))
        )
        found.append(element("svg", text, x=x, y=height + 14, class_="place"))
    return found
