"""Marks within a frame: lines, dots, columns, intervals and rules.

All take points as values of the two scales and the height of the frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bench.report.page.charts.scales import Scale
from bench.report.page.charts.svg import across, element, joined

WIDTH = 1000
"""Width of the space of lines, which is stretched to the width of the chart."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """Where marks are drawn.

    Attributes:
        x, y: The scales.
        height: Pixels of the frame.
    """

    x: Scale
    y: Scale
    height: int = 220

    def down(self, value: Any) -> float:
        """Pixels from the top to a value."""
        return (1 - self.y(value)) * self.height


Point = tuple[float, float]


def lines(area: Area, each: Iterable[tuple[Sequence[Point], str]]) -> Markup:
    """Lines through points, each with its class; a single point is a short dash.

    Args:
        area: Where they are drawn.
        each: Points and the class of a line, such as ``best`` or ``other``.
    """
    drawn = [
        element(
            "polyline",
            points=" ".join(
                f"{WIDTH * area.x(x):.0f},{area.down(y):.1f}" for x, y in points
            ),
            class_=f"line {name}",
        )
        for points, name in each
        if points
    ]
    return stretched(area.height, *drawn)


def line(area: Area, points: Sequence[Point], name: str) -> Markup:
    """One line through points, see ``lines``."""
    return lines(area, [(points, name)])


def stretched(height: float, *content: Markup) -> Markup:
    """Content whose x-axis from 0 to ``WIDTH`` fills the width of the chart."""
    return element(
        "svg",
        *content,
        viewBox=f"0 0 {WIDTH} {height:.0f}",
        preserveAspectRatio="none",
        width="100%",
        height=height,
        class_="stretched",
        aria_hidden="true",
    )


def dots(
    area: Area, points: Iterable[tuple[Any, Any, str, str]], *, radius: float = 4
) -> Markup:
    """Dots at ``(x, y, class, tooltip)``; categories are placed by their names."""
    return joined(
        *(
            element(
                "circle",
                *([element("title", tip)] if tip else []),
                cx=across(area.x(x)),
                cy=area.down(y),
                r=radius,
                class_=f"dot {name}",
            )
            for x, y, name, tip in points
        )
    )


def crosses(area: Area, places: Iterable[tuple[float, str]]) -> Markup:
    """Crosses at the bottom of the frame, for what has no value: ``(x, tooltip)``."""
    return joined(
        *(
            element(
                "text",
                "×",
                element("title", tip),
                x=across(area.x(x)),
                y=area.height - 4,
                class_="cross middle",
            )
            for x, tip in places
        )
    )


def columns(
    area: Area, each: Iterable[tuple[float, float, float, str]], name: str = "column"
) -> Markup:
    """Columns from the bottom: ``(left, right, value, tooltip)``."""
    return joined(
        *(
            element(
                "rect",
                element("title", tip),
                x=across(area.x(left)),
                width=across(area.x(right) - area.x(left)),
                y=area.down(value),
                height=max(0.0, area.height - area.down(value)),
                class_=name,
            )
            for left, right, value, tip in each
        )
    )


def interval_bars(
    area: Area, each: Iterable[tuple[float, float, float]], name: str = "interval"
) -> Markup:
    """Vertical intervals: ``(x, low, high)``."""
    return joined(
        *(
            element(
                "line",
                x1=across(area.x(x)),
                x2=across(area.x(x)),
                y1=area.down(low),
                y2=area.down(high),
                class_=name,
            )
            for x, low, high in each
        )
    )


def rule(area: Area, start: Point, end: Point) -> Markup:
    """A thin dashed line between two points, to compare with."""
    return element(
        "line",
        x1=across(area.x(start[0])),
        y1=area.down(start[1]),
        x2=across(area.x(end[0])),
        y2=area.down(end[1]),
        class_="rule",
    )
