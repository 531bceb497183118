"""Best validation score so far of all searches of a board, over seconds of search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.records import Metric
from bench.records.wording import dataset_name
from bench.report import cells
from bench.report.board import Board
from bench.report.equal_cost import Course, courses, standing
from bench.report.plots.plot import Plot
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 12
"""Searches that are drawn, those that end best; readers can't tell more lines apart."""

_DASHES = ("-", "--", ":")
_LABEL_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """A search.

    Attributes:
        label: Its name in the legend.
        seconds, scores: Its steps.
        end: Seconds of the whole search.
    """

    label: str
    seconds: tuple[float, ...]
    scores: tuple[float, ...]
    end: float


@dataclass(frozen=True, kw_only=True)
class EqualCostPlot(Plot):
    """A step line for each search, which ends at a dot where the search ended."""

    title: str
    metric: Metric
    lines: tuple[Line, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import PALETTE, figure

        drawing = figure(9.5, 4.6, self.title)
        axes = drawing.subplots()
        for place, line in enumerate(self.lines):
            style = _DASHES[place // len(PALETTE) % len(_DASHES)]
            _draw(axes, line, PALETTE[place % len(PALETTE)], style)
        axes.set_xscale("log")
        _set_ticks(axes, min(line.seconds[0] for line in self.lines))
        lower = "" if self.metric.higher_is_better else ", lower is better"
        axes.set_xlabel("Seconds of search; a dot is the end of a search")
        axes.set_ylabel(f"Best validation {self.metric.label} so far{lower}")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
        return drawing


def _draw(axes: Axes, line: Line, color: str, style: str) -> None:
    seconds, scores = (*line.seconds, line.end), (*line.scores, line.scores[-1])
    axes.step(
        seconds, scores, where="post", color=color, linestyle=style, label=line.label
    )
    axes.plot(seconds[:1], scores[:1], "|", color=color, markersize=9)
    axes.plot(line.end, scores[-1], "o", color=color, markersize=5)


def _set_ticks(axes: Axes, first: float) -> None:
    """Numbers of seconds as people write them, also where less than a decade shows."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    def text(seconds: float, place: int | None = None) -> str:
        return f"{seconds:g}"

    axes.set_xlim(left=0.8 * first)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(text))
    axes.xaxis.set_minor_formatter(NullFormatter())


def equal_cost_plot(name: str, board: Board) -> EqualCostPlot | None:
    """The searches of a board; None if fewer than two have a result."""
    shown = courses(board)
    if len(shown) < 2:
        return None
    objective = board.task_type.objective
    end = max(each.seconds for each in shown)
    best = standing(board, end)[:_MOST]
    labels = cells.study_labels([each.results.study for each in best])
    dataset = board.task.dataset
    title = board.title.replace(dataset, dataset_name(dataset))
    return EqualCostPlot(
        name=name,
        title=f"{shortened(title, 60)}: searches at equal cost",
        metric=objective,
        lines=tuple(map(_line, best, labels)),
    )


def _line(course: Course, label: str) -> Line:
    return Line(
        label=shortened(label, _LABEL_LENGTH),
        seconds=tuple(step.seconds for step in course.steps),
        scores=tuple(step.validation for step in course.steps),
        end=course.seconds,
    )
