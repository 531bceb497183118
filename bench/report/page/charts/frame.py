"""Axes with their ticks, grid and labels around the marks of a chart."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.scales import Scale
from bench.report.page.charts.svg import LETTER, across, element, joined

_ABOVE, _BELOW, _RIGHT = 26, 40, 14
"""Pixels above, below and to the right of the area of the marks."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a chart says to those who don't see it.

    Attributes:
        title: What is drawn, in a few words.
        text: What is seen, in a sentence or two.
    """

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis: its label with the unit, and its scale."""

    label: str
    scale: Scale


def frame(
    described: Described, x: Axis, y: Axis, *marks: Markup, height: int = 220
) -> Markup:
    """A chart with a horizontal and a vertical axis.

    Args:
        described: Its title and description.
        x: The horizontal axis.
        y: The vertical axis; its label stands above it.
        *marks: Drawn in turn, so that later ones cover earlier ones; see ``marks``.
        height: Pixels between the ends of the vertical axis.
    """
    left = 8 + LETTER * max((len(text) for _, text in y.scale.ticks), default=0)
    return drawing(
        described,
        *(_horizontal(*tick, height) for tick in y.scale.ticks),
        *(_vertical(*tick, height) for tick in _apart(x.scale.ticks)),
        element("line", x1=0, x2="100%", y1=height, y2=height, class_="axis"),
        element("text", y.label, x=-left, y=-12, class_="label"),
        element("text", x.label, x="100%", y=height + 34, class_="label end"),
        *marks,
        height=height,
        margins=(_ABOVE, _RIGHT, _BELOW, left),
    )


def drawing(
    described: Described,
    *content: Markup,
    height: float,
    margins: tuple[float, float, float, float],
) -> Markup:
    """An SVG whose content may reach into its margins.

    Args:
        described: Its title and description.
        *content: Elements; 100% is the width between the margins.
        height: Pixels between the margins.
        margins: Pixels above, to the right, below and to the left.
    """
    above, right, below, left = (round(margin) for margin in margins)
    style = (
        f"width:calc(100% - {left + right}px);height:{height:.0f}px;"
        f"margin:{above}px {right}px {below}px {left}px"
    )
    return element(
        "svg",
        element("title", described.title),
        element("desc", described.text),
        *content,
        class_="chart",
        role="img",
        style=style,
    )


def _horizontal(position: float, text: str, height: int) -> Markup:
    y = (1 - position) * height
    return joined(
        element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid"),
        element("text", text, x=-6, y=y + 4, class_="tick end"),
    )


def _vertical(position: float, text: str, height: int) -> Markup:
    x = across(position)
    return joined(
        element("line", x1=x, x2=x, y1=height, y2=height + 4, class_="axis"),
        element("text", text, x=x, y=height + 17, class_="tick middle"),
    )


def _apart(ticks: tuple[tuple[float, str], ...]) -> tuple[tuple[float, str], ...]:
    """Every tick, or every second, ..., so that labels don't touch on a phone."""
    widest = max((len(text) for _, text in ticks), default=0)
    fit = max(1, int(240 / (LETTER * widest + 10))) if widest else 1
    return ticks[:: -(-len(ticks) // fit) or 1]
