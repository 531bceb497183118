"""Best validation score so far of all searches of a board, over seconds of search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.records import Metric
from bench.records.durations import duration
from bench.report import cells
from bench.report.board import Board
from bench.report.equal_cost import Course, courses, standing
from bench.report.palette import Style
from bench.report.plots.plot import Plot
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 12
"""Searches that are drawn, those that end best; readers can't tell more lines apart."""

_LABEL_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """A search.

    Attributes:
        label: Its name in the legend.
        style: Of its family.
        seconds, scores: Its steps.
        end: Seconds of the whole search.
    """

    label: str
    style: Style
    seconds: tuple[float, ...]
    scores: tuple[float, ...]
    end: float


@dataclass(frozen=True, kw_only=True)
class EqualCostPlot(Plot):
    """A step line for each search, which ends at a mark where the search ended."""

    metric: Metric
    lines: tuple[Line, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        drawing = figure(9.5, 4.6, self.title)
        axes = drawing.subplots()
        for line in self.lines:
            _draw(axes, line)
        axes.set_xscale("log")
        _set_ticks(axes, min(line.seconds[0] for line in self.lines))
        lower = "" if self.metric.higher_is_better else ", lower is better"
        axes.set_xlabel("Seconds of search (log scale); a mark is the end of a search")
        axes.set_ylabel(f"Best validation {self.metric.label} so far{lower}")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
        return drawing


def _draw(axes: Axes, line: Line) -> None:
    from bench.report.plots.style import DASHES, MARKERS, PALETTE

    color = PALETTE[line.style.colour]
    seconds, scores = (*line.seconds, line.end), (*line.scores, line.scores[-1])
    axes.step(
        seconds,
        scores,
        where="post",
        color=color,
        linestyle=DASHES[line.style.dash],
        marker=MARKERS[line.style.marker],
        markevery=[len(seconds) - 1],
        markersize=6,
        label=line.label,
    )
    axes.plot(seconds[:1], scores[:1], "|", color=color, markersize=9)


def _set_ticks(axes: Axes, first: float) -> None:
    """Numbers of seconds as people write them, also where less than a decade shows."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    def text(seconds: float, place: int | None = None) -> str:
        return f"{seconds:g}"

    axes.set_xlim(left=0.8 * first)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(text))
    axes.xaxis.set_minor_formatter(NullFormatter())


def equal_cost_plot(
    name: str, board: Board, styles: Mapping[str, Style]
) -> EqualCostPlot | None:
    """The searches of a board; None if fewer than two have a result."""
    shown = courses(board)
    if len(shown) < 2:
        return None
    objective = board.task_type.objective
    end = max(each.seconds for each in shown)
    best = standing(board, end)[:_MOST]
    labels = cells.study_labels([each.results.study for each in best])
    return EqualCostPlot(
        name=name,
        title="Which search is ahead after how many seconds?\n"
        f"{shortened(board.title, 60)}: best validation {objective.label} so far",
        seen=f"{_seen(best, labels, objective)}.",
        metric=objective,
        lines=tuple(
            _line(course, label, styles[course.results.study.spec.family])
            for course, label in zip(best, labels, strict=True)
        ),
    )


def _seen(best: Sequence[Course], labels: Sequence[str], metric: Metric) -> str:
    ends = [
        f"{label} {metric.text(course.steps[-1].validation)} after "
        f"{duration(course.seconds)}"
        for course, label in zip(best, labels, strict=True)
    ]
    return f"In the end: {'; '.join(ends)}"


def _line(course: Course, label: str, style: Style) -> Line:
    return Line(
        label=shortened(label, _LABEL_LENGTH),
        style=style,
        seconds=tuple(step.seconds for step in course.steps),
        scores=tuple(step.validation for step in course.steps),
        end=course.seconds,
    )
