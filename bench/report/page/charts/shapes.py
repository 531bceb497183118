"""Markers of series: shapes that differ in grey print too."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from bench.report.page.charts.marks import Area
from bench.report.page.charts.svg import across, element, joined

_PATHS = (
    "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0Z",
    "M-.9-.9H.9V.9H-.9Z",
    "M0-1.1L1.1.9H-1.1Z",
    "M0-1.2L1.2 0 0 1.2-1.2 0Z",
    "M0 1.1L1.1-.9H-1.1Z",
)
"""Of radius 1: circle, square, triangle, diamond, turned triangle."""

Marked = tuple[float, float, int, str, str]
"""Its x and y, the number of its shape, its class and its tooltip."""


def shape(number: int, radius: float, *content: Markup, class_: str = "") -> Markup:
    """A shape around the origin; its line is not scaled."""
    return element(
        "path",
        *content,
        d=_PATHS[number],
        transform=f"scale({radius:g})",
        vector_effect="non-scaling-stroke",
        class_=class_ or None,
    )


def markers(area: Area, points: Iterable[Marked], *, radius: float = 5) -> Markup:
    """Shapes at points."""
    return joined(
        *(
            element(
                "svg",
                shape(
                    number,
                    radius,
                    *([element("title", tip)] if tip else []),
                    class_=f"dot {name}",
                ),
                x=across(area.x(x)),
                y=area.down(y),
                class_="place",
            )
            for x, y, number, name, tip in points
        )
    )
