"""Test scores of a board with their 95% intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.records import Metric
from bench.report import cells
from bench.report.board import Board
from bench.report.palette import Style
from bench.report.plots.plot import Plot
from bench.report.ranking import Row
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL_LENGTH = 44
_INCHES_PER_ROW = 0.32


@dataclass(frozen=True, kw_only=True)
class Score:
    """One row of the plot.

    Attributes:
        label: Name of the row.
        text: Score and interval as they are printed.
        mean, low, high: Score and ends of its interval; equal if there is none.
        style: That of its family; None for a reference.
    """

    label: str
    text: str
    mean: float
    low: float
    high: float
    style: Style | None


@dataclass(frozen=True, kw_only=True)
class ScoresPlot(Plot):
    """Bars from 0, and points on a zoomed axis if the scores are close together."""

    metric: Metric
    scores: tuple[Score, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        searched = [s for s in self.scores if s.style is not None]
        zoom = _zoom(searched, self._axis_end)
        height = 1.4 + _INCHES_PER_ROW * len(self.scores)
        drawing = figure(11 if zoom else 8.5, height, self.title)
        panels = drawing.subplots(1, 2 if zoom else 1, sharey=True, squeeze=False)[0]
        self._draw_bars(panels[0])
        if zoom:
            self._draw_points(panels[1], *zoom)
        return drawing

    @property
    def _axis_end(self) -> float:
        """End of the bars' axis: the metric's upper bound, if it has one."""
        bound = self.metric.bounds[1]
        highest = max(score.high for score in self.scores)
        return bound if math.isfinite(bound) else 1.02 * highest or 1.0

    def _draw_bars(self, axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        for place, score in enumerate(self.scores):
            color = _color(score)
            axes.barh(
                place,
                score.mean,
                height=0.7,
                facecolor=(color, 0.45),
                edgecolor=color,
                hatch="///" if score.style is None else None,
            )
            self._draw_whisker(axes, place, score)
            axes.text(1.02 * self._axis_end, place, score.text, va="center", fontsize=9)
        axes.set_yticks(range(len(self.scores)), [s.label for s in self.scores])
        axes.set_ylim(len(self.scores) - 0.4, -0.6)
        # The scores are printed in a column of their own, right of all bars.
        ticks = MaxNLocator(5).tick_values(0, self._axis_end)
        axes.set_xlim(0, 1.42 * self._axis_end)
        axes.set_xticks([tick for tick in ticks if 0 <= tick <= self._axis_end])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(self._label, loc="left")

    @property
    def _label(self) -> str:
        lower = "" if self.metric.higher_is_better else ", lower is better"
        return f"Test {self.metric.label}{lower}"

    def _draw_points(self, axes: Axes, low: float, high: float) -> None:
        from bench.report.plots.style import MARKERS

        for place, score in enumerate(self.scores):
            color = _color(score)
            if not low <= score.mean <= high:
                edge, arrow = (low, "<") if score.mean < low else (high, ">")
                axes.plot(edge, place, arrow, color=color, clip_on=False)
                continue
            marker = MARKERS[0 if score.style is None else score.style.marker]
            axes.plot(score.mean, place, marker, color=color)
            self._draw_whisker(axes, place, score, color)
        axes.set_xlim(low, high)
        axes.set_xlabel(f"{self._label}, zoomed", loc="left")
        axes.tick_params(labelleft=False)

    def _draw_whisker(
        self, axes: Axes, place: int, score: Score, color: str = "black"
    ) -> None:
        if score.high > score.low:
            sides = [[score.mean - score.low], [score.high - score.mean]]
            axes.errorbar(score.mean, place, xerr=sides, color=color, capsize=3, lw=1.3)


def _color(score: Score) -> str:
    from bench.report.plots.style import GREY, PALETTE

    return GREY if score.style is None else PALETTE[score.style.colour]


def scores_plot(
    name: str, board: Board, styles: Mapping[str, Style]
) -> ScoresPlot | None:
    """The finite scores of a board; None if there is none."""
    scores = [
        _score(row, label, None if row.is_reference else styles[row.family])
        for row, label in zip(board.rows, cells.labels(board.rows), strict=True)
        if math.isfinite(row.score)
    ]
    if not scores:
        return None
    return ScoresPlot(
        name=name,
        title="Which model is best on the test images?\n"
        f"{shortened(board.title, 70)}: test {board.task_type.ranked_by.label} "
        f"with 95% intervals over {cells.covered(board.rows)}",
        seen=f"{'; '.join(f'{s.label} {s.text}' for s in scores)}.",
        metric=board.task_type.ranked_by,
        scores=tuple(scores),
    )


def _score(row: Row, label: str, style: Style | None) -> Score:
    low, high = row.low, row.high
    return Score(
        label=shortened(label, _LABEL_LENGTH),
        text=cells.score(row),
        mean=row.score,
        low=row.score if low is None else low,
        high=row.score if high is None else high,
        style=style,
    )


def _zoom(scores: Sequence[Score], axis_end: float) -> tuple[float, float] | None:
    """Limits around the searched models; None if zooming would gain little."""
    if not scores:
        return None
    low, high = min(s.low for s in scores), max(s.high for s in scores)
    margin = max(0.002 * axis_end, 0.1 * (high - low))
    low, high = low - margin, high + margin
    return (low, high) if high - low < 0.5 * axis_end else None
