"""Spans of time on lanes, such as the trials of each worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.page.charts.frame import Axis, Described, frame
from bench.report.page.charts.scales import Scale
from bench.report.page.charts.svg import across, element

_LANE = 22


@dataclass(frozen=True, kw_only=True)
class Span:
    """A span on a lane.

    Attributes:
        lane: Counted from 0.
        start, end: On the scale of the chart.
        style: A class of ``charts.css``.
        tip: Tooltip.
    """

    lane: int
    start: float
    end: float
    style: str
    tip: str


def timeline(described: Described, x: Axis, spans: Sequence[Span]) -> Markup:
    """Draw spans; the first lane is on top."""
    lanes = 1 + max(span.lane for span in spans)
    height = _LANE * lanes
    ticks = tuple((1 - (n + 0.5) / lanes, str(n + 1)) for n in range(lanes))
    drawn = (
        element(
            "rect",
            element("title", span.tip),
            x=across(x.scale(span.start)),
            width=across(max(0.002, x.scale(span.end) - x.scale(span.start))),
            y=span.lane * _LANE + 2,
            height=_LANE - 4,
            class_=f"span {span.style}",
        )
        for span in spans
    )
    y = Axis(label="Worker", scale=Scale(ticks=ticks))
    return frame(described, x, y, *drawn, height=height)
