"""Scores against what they cost, with the front of rows that nothing else beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report import cells
from bench.report.board import Board
from bench.report.page.board.interval import Span
from bench.report.page.board.rows import ShownRow
from bench.report.page.charts import (
    Area,
    Axis,
    Described,
    Marked,
    element,
    frame,
    interval_bars,
    line,
    linear,
    logarithmic,
    markers,
)
from bench.report.page.families import colour_class

_HEIGHT = 300
_LETTER = 0.016
"""Share of a chart's width that a letter takes, on a desk."""

_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""Share of a name that stands to the left of its place."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Something that a model costs.

    Attributes:
        name: Of the row's attribute.
        label: Of the axis.
        choice: As a reader chooses it.
        question: Title of the chart.
    """

    name: str
    label: str
    choice: str
    question: str


COSTS = (
    Cost(
        name="latency_ms_64",
        label="milliseconds an image, 64 at a time (logarithmic)",
        choice="time of many images",
        question="Which models are best for the time that many images take?",
    ),
    Cost(
        name="latency_ms_1",
        label="milliseconds for one image (logarithmic)",
        choice="time of one image",
        question="Which models are best for the time that one image takes?",
    ),
    Cost(
        name="parameters",
        label="parameters (logarithmic)",
        choice="size",
        question="Which models are best for their size?",
    ),
    Cost(
        name="train_seconds",
        label="seconds of one training (logarithmic)",
        choice="training",
        question="Which models are best for the time of one training?",
    ),
    Cost(
        name="search_core_seconds",
        label="processor seconds of the search (logarithmic)",
        choice="search",
        question="Which models are best for the cost of their search?",
    ),
)


@dataclass(frozen=True, kw_only=True)
class CostChart:
    """A chart of scores against a cost.

    Attributes:
        cost: The cost.
        drawing: The chart as SVG.
        front: The rows that no other row beats at lower cost, in words.
        left_out: Number of rows whose score or cost is not on the chart.
    """

    cost: Cost
    drawing: Markup
    front: str
    left_out: int


_Known = tuple[float, ShownRow]
"""A cost, and the row that has it."""


def cost_charts(board: Board, rows: Sequence[ShownRow], on: Span) -> list[CostChart]:
    """A chart for each cost that is known of two rows at least.

    Args:
        board: The board.
        rows: Its rows.
        on: Scores that are drawn.
    """
    charts = []
    for cost in COSTS:
        known = [(getattr(each.row, cost.name), each) for each in rows]
        drawn = [(x, each) for x, each in known if x and on.holds(each.row.score)]
        if len(drawn) > 1:
            charts.append(_chart(board, cost, sorted(drawn, key=_order), on, len(rows)))
    return charts


def _front(board: Board, points: Sequence[_Known]) -> list[_Known]:
    """The rows with a better score than every row that costs less.

    Args:
        board: The board.
        points: Rows by rising cost, of equal ones the better first.
    """
    better = board.task_type.ranked_by.better
    best: list[_Known] = []
    for x, each in points:
        if not best or better(each.row.shown) > better(best[-1][1].row.shown):
            best.append((x, each))
    return best


def _order(point: _Known) -> tuple[float, int]:
    return point[0], point[1].place


def _chart(
    board: Board, cost: Cost, points: Sequence[_Known], on: Span, count: int
) -> CostChart:
    ranking, best = board.task_type.ranked_by, _front(board, points)
    xs = logarithmic([x for x, _ in points])
    ys = linear([on.start, on.end], bounds=(on.start, on.end))
    area = Area(x=xs, y=ys, height=_HEIGHT)
    names = ", ".join(each.label for _, each in best)
    drawing = frame(
        Described(
            title=cost.question,
            text=f"Best at their cost, from the cheapest on: {names}.",
        ),
        Axis(label=cost.label, scale=xs),
        Axis(label=f"test {ranking.label}", scale=ys),
        line(area, _stairs(best), "dashed"),
        interval_bars(area, [_ends(x, each, on) for x, each in points], "spread"),
        markers(area, [_marked(x, each) for x, each in points]),
        _names(area, points, best),
        height=_HEIGHT,
    )
    return CostChart(
        cost=cost, drawing=drawing, front=names, left_out=count - len(points)
    )


def _stairs(best: Sequence[_Known]) -> list[tuple[float, float]]:
    """The best score that is known at each cost."""
    corners: list[tuple[float, float]] = []
    for x, each in best:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, each.row.score))
    return corners


def _ends(x: float, each: ShownRow, on: Span) -> tuple[float, float, float]:
    row = each.row
    low, high = (row.score, row.score) if row.low is None else (row.low, row.high)
    assert high is not None
    return x, on.clipped(low), on.clipped(high)


def _marked(x: float, each: ShownRow) -> Marked:
    row, style = each.row, each.style
    kind = "reference" if style is None else colour_class(style)
    kind += " hollow" if row.is_default or row.ensemble else ""
    number = 0 if style is None else style.marker
    return x, row.score, number, kind, f"{each.label}: {cells.score(row)}, {x:,.4g}"


def _names(area: Area, points: Sequence[_Known], best: Sequence[_Known]) -> Markup:
    """Names beside the dots of the front, where they cover no other dot or name."""
    texts: list[Markup] = []
    places = [(area.x(x), area.down(each.row.score)) for x, each in points]
    taken = [(a - _LETTER, a + _LETTER, down + 4) for a, down in places]
    for x, each in reversed(best):
        across, dot = area.x(x), area.down(each.row.score)
        side = "end" if across > 0.7 else "middle" if across > 0.3 else "start"
        left = across - len(each.label) * _LETTER * _BEFORE[side]
        right = left + len(each.label) * _LETTER
        for down in (dot - 10, dot + 18):
            if any(_touch((left, right, down), other) for other in taken):
                continue
            taken.append((left, right, down))
            place = f"{100 * across:.1f}%"
            kind = f"label halo {side}"
            texts.append(element("text", each.label, x=place, y=down, class_=kind))
            break
    return Markup("").join(texts)


def _touch(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether two names, as left end, right end and line, cover each other."""
    return one[0] < other[1] and other[0] < one[1] and abs(one[2] - other[2]) < 13
