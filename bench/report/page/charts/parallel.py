"""Parallel coordinates: one axis below the other, a line through them for each trial.

Axes lie flat, since names and values are then read on a phone as on a desk. A script
may let the reader choose ranges; it reads the positions from the lines.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.frame import Axis, Described, drawing
from bench.report.page.charts.marks import WIDTH, stretched
from bench.report.page.charts.scales import Scale
from bench.report.page.charts.svg import LETTER, across, element, joined
from bench.text import shortened

ROW = 58
"""Pixels between two axes."""

_ABOVE = 6
"""Pixels above the first axis and its name."""

_FIRST = 30
"""Pixels from there to the first axis."""

_UNUSED = 0.08
"""Share of the width to the left of an axis, for trials that have no value there."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A line.

    Attributes:
        values: One for each axis; None where there is none.
        style: A class of ``charts.css``.
        tip: Tooltip.
    """

    values: Sequence[object]
    style: str
    tip: str


def parallel(
    described: Described, axes: Sequence[Axis], profiles: Sequence[Profile]
) -> Markup:
    """Draw profiles, the last ones on top."""
    height = ROW * len(axes)
    drawn = [_profile(axes, profile) for profile in profiles]
    chart = drawing(
        described,
        element("g", stretched(height, *drawn), class_="profiles"),
        *(_axis(axis, n) for n, axis in enumerate(axes)),
        height=height,
        margins=(_ABOVE, 16, 0, 16),
    )
    return element("div", chart, class_="parallel")


def _profile(axes: Sequence[Axis], profile: Profile) -> Markup:
    points = " ".join(
        f"{WIDTH * _place(axis.scale, value):.0f},{n * ROW + _FIRST}"
        for n, (axis, value) in enumerate(zip(axes, profile.values, strict=True))
    )
    return element(
        "polyline",
        element("title", profile.tip),
        points=points,
        class_=f"line {profile.style}",
    )


def _place(scale: Scale, value: object) -> float:
    return 0.0 if value is None else _UNUSED + (1 - _UNUSED) * scale(value)


def _axis(axis: Axis, number: int) -> Markup:
    y = number * ROW + _FIRST
    ticks = [
        joined(
            element("line", x1=x, x2=x, y1=y - 4, y2=y + 4, class_="axis"),
            element("text", text, x=x, y=y + 16, class_="tick middle halo"),
        )
        for x, text in (
            (across(_UNUSED + (1 - _UNUSED) * place), shortened(text, 16))
            for place, text in _fitting(axis.scale)
        )
    ]
    scale = axis.scale
    known = {"low": scale.low, "high": scale.high, "log": scale.is_logarithmic}
    return element(
        "g",
        element("line", x1=across(_UNUSED), x2="100%", y1=y, y2=y, class_="axis"),
        *ticks,
        element("text", axis.label, x=0, y=y - 15, class_="label halo"),
        class_="coordinate",
        data_name=axis.label,
        data_y=y + _ABOVE,
        data_scale=json.dumps({"names": list(scale.places)} if scale.places else known),
    )


def _fitting(scale: Scale) -> Sequence[tuple[float, str]]:
    """Ticks that have room on a phone."""
    widest = max((min(16, len(text)) for _, text in scale.ticks), default=1)
    fit = max(2, int(260 / (LETTER * widest + 8)))
    return scale.ticks[:: -(-len(scale.ticks) // fit) or 1]
