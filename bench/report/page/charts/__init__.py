"""Charts as inline SVG: data in, markup out, without script and without a library.

A chart is as wide as its place and as high as it says: positions across are percentages
and texts are not scaled, so that a chart on a phone has the letters of one on a desk.
Colours are variables of the style sheet and follow light, dark and print. Every chart
has a ``<title>`` and a ``<desc>`` that say what is seen.

``frame`` draws axes around marks; ``bars``, ``boxes``, ``critical_difference``,
``heat_map``, ``parallel`` and ``timeline`` are whole charts. Scales come from
``linear``, ``logarithmic`` and ``categories``.
"""

from bench.report.page.charts.bars import Bar, bars
from bench.report.page.charts.boxes import Box, boxes
from bench.report.page.charts.frame import Axis, Described, frame
from bench.report.page.charts.heat import HeatCells, heat_map
from bench.report.page.charts.marks import (
    Area,
    columns,
    crosses,
    dots,
    interval_bars,
    line,
    lines,
    rule,
)
from bench.report.page.charts.parallel import Profile, parallel
from bench.report.page.charts.ranks import critical_difference
from bench.report.page.charts.scales import (
    Scale,
    categories,
    linear,
    logarithmic,
)
from bench.report.page.charts.shapes import Marked, markers, shape
from bench.report.page.charts.svg import element, shade
from bench.report.page.charts.timeline import Span, timeline

__all__ = [
    "Area",
    "Axis",
    "Bar",
    "Box",
    "Described",
    "HeatCells",
    "Marked",
    "Profile",
    "Scale",
    "Span",
    "bars",
    "boxes",
    "categories",
    "columns",
    "critical_difference",
    "crosses",
    "dots",
    "element",
    "frame",
    "heat_map",
    "interval_bars",
    "line",
    "linear",
    "lines",
    "logarithmic",
    "markers",
    "parallel",
    "rule",
    "shade",
    "shape",
    "timeline",
]
