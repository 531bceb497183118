"""The searches of a board at equal cost: a chart, and steps for the table's slider."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.records.durations import duration
from bench.report import cells
from bench.report.board import Board
from bench.report.cost_tables import cost_remarks
from bench.report.equal_cost import Course, standing, times
from bench.report.page.board.interval import Span, span
from bench.report.page.charts import (
    Area,
    Axis,
    Described,
    Marked,
    Scale,
    element,
    frame,
    linear,
    lines,
    logarithmic,
    markers,
)
from bench.report.page.families import colour_class, line_class
from bench.report.palette import Style

_HEIGHT = 300
_NAMED = 6
"""Number of searches, the best ones, whose names may stand at their lines."""

_STOPS = (60.0, 300.0, 1800.0)
"""Seconds that a reader chooses by a button, where searches last as long."""


@dataclass(frozen=True, kw_only=True)
class EqualCost:
    """Searches at equal cost, for the template.

    Attributes:
        steps: Seconds and validation score of each new best trial, by study.
        low, high: Seconds that the slider spans.
        stops: Round seconds and their texts, which have a button each.
        drawing: The chart as SVG.
        columns: Headings of the table with the chart's numbers.
        lines: Lines of that table.
        remarks: What a reader has to know, in sentences.
    """

    steps: Mapping[str, Sequence[tuple[float, float]]]
    low: float
    high: float
    stops: Sequence[tuple[float, str]]
    drawing: Markup
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]
    remarks: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class _Search:
    """A search: its course, its name on the board and the style of its family."""

    course: Course
    name: str
    style: Style

    @property
    def last(self) -> float:
        """The best validation score of the whole search."""
        return self.course.steps[-1].validation


def equal_cost(board: Board, styles: Mapping[str, Style]) -> EqualCost | None:
    """The searches of a board at equal cost; None if there are fewer than two.

    None too for repeated studies, whose searches are on boards of their own.

    Args:
        board: The board.
        styles: Styles of families.
    """
    searches = _searches(board, styles)
    if len(searches) < 2:
        return None
    shown = [each.course for each in searches]
    ends = [each.steps[0].seconds for each in shown] + [each.seconds for each in shown]
    time = logarithmic(ends)
    low, high = 10**time.low, 10**time.high
    compared = [*times(shown), max(ends)]
    return EqualCost(
        steps={each.results.study.id: _steps(each) for each in shown},
        low=low,
        high=high,
        stops=[(stop, duration(stop)) for stop in _STOPS if low < stop < high],
        drawing=_drawing(board, searches, time),
        columns=[f"after {duration(seconds)}" for seconds in compared],
        lines=[_line(board, each, compared) for each in searches],
        remarks=cost_remarks(board),
    )


def _searches(board: Board, styles: Mapping[str, Style]) -> list[_Search]:
    """The searches by their best scores, the best one first."""
    shown = standing(board, math.inf)
    studies = [course.results.study for course in shown]
    named = zip(shown, cells.study_labels(studies), strict=True)
    return [
        _Search(
            course=course, name=name, style=styles[course.results.study.spec.family]
        )
        for course, name in named
    ]


def _steps(course: Course) -> list[tuple[float, float]]:
    return [(round(step.seconds, 2), step.validation) for step in course.steps]


def _line(board: Board, search: _Search, compared: Sequence[float]) -> list[str]:
    known = [search.course.after(seconds) for seconds in compared]
    scores = [None if step is None else step.validation for step in known]
    objective = board.task_type.objective
    return [search.name, *(cells.metric(score, objective) for score in scores)]


def _drawing(board: Board, searches: Sequence[_Search], time: Scale) -> Markup:
    """Best validation score so far by seconds of search, a line for each search."""
    objective = board.task_type.objective
    on = span([(each.last, 0.0) for each in searches], objective.bounds, share=0.75)
    scores = linear([on.start, on.end], bounds=(on.start, on.end))
    area = Area(x=time, y=scores, height=_HEIGHT)
    best = ", ".join(
        f"{each.name} {objective.text(each.last)}" for each in searches[:3]
    )
    drawn = [
        (_stairs(each.course, time, on), f"course {line_class(each.style)}")
        for each in searches
    ]
    return frame(
        Described(
            title=f"Best validation {objective.label} so far by seconds of search",
            text=f"{len(searches)} searches. In the end the best are {best}.",
        ),
        Axis(label="seconds of search (logarithmic)", scale=time),
        Axis(label=f"best validation {objective.label} so far", scale=scores),
        lines(area, reversed(drawn)),
        markers(area, [_end(each, time, on) for each in searches], radius=4.5),
        _names(area, searches[:_NAMED], on),
        element("line", class_="now", y1=0, y2=_HEIGHT, hidden=""),
        height=_HEIGHT,
    )


def _stairs(course: Course, time: Scale, on: Span) -> list[tuple[float, float]]:
    """The best score at each time, to the end of the search."""
    start, corners = 10**time.low, list[tuple[float, float]]()
    for step in course.steps:
        seconds = max(start, step.seconds)
        if corners:
            corners.append((seconds, corners[-1][1]))
        corners.append((seconds, on.clipped(step.validation)))
    return [*corners, (max(start, course.seconds), corners[-1][1])]


def _end(search: _Search, time: Scale, on: Span) -> Marked:
    """The marker of the family at the end of its search, as in the table."""
    x = max(10**time.low, search.course.seconds)
    style = search.style
    y = on.clipped(search.last)
    return x, y, style.marker, colour_class(style), search.name


def _names(area: Area, searches: Sequence[_Search], on: Span) -> Markup:
    """Names at the ends of the best lines, where they don't cover each other."""
    texts: list[Markup] = []
    taken: list[float] = []
    for each in searches:
        down = area.down(on.clipped(each.last)) - 8
        if each.course.seconds and all(abs(down - other) > 13 for other in taken):
            taken.append(down)
            x = f"{100 * area.x(each.course.seconds):.1f}%"
            kind = "label halo end"
            texts.append(element("text", each.name, x=x, y=down, class_=kind))
    return Markup("").join(texts)
