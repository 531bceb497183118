"""Test scores of a board with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.records import Metric
from bench.report import cells
from bench.report.board import Board
from bench.report.plots.plot import Plot
from bench.report.ranking import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL_LENGTH = 44
_INCHES_A_ROW = 0.32


@dataclass(frozen=True, kw_only=True)
class Score:
    """One row: what it is called, what is printed, and where its marks stand."""

    label: str
    text: str
    mean: float
    low: float
    high: float
    is_reference: bool


@dataclass(frozen=True, kw_only=True)
class ScoresPlot(Plot):
    """Bars from 0 and, where models lie close together, points on a zoomed axis."""

    title: str
    metric: Metric
    scores: tuple[Score, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        searched = [s for s in self.scores if not s.is_reference]
        zoom = _zoom(searched, self._most)
        height = 1.4 + _INCHES_A_ROW * len(self.scores)
        made = figure(11 if zoom else 8.5, height, self.title)
        panels = made.subplots(1, 2 if zoom else 1, sharey=True, squeeze=False)[0]
        self._draw_bars(panels[0])
        if zoom:
            self._draw_points(panels[1], *zoom)
        return made

    @property
    def _most(self) -> float:
        """Where the axis of the bars ends: at 1 for shares."""
        bound = self.metric.bounds[1]
        highest = max(score.high for score in self.scores)
        return bound if math.isfinite(bound) else 1.02 * highest or 1.0

    def _draw_bars(self, axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        from bench.report.plots.style import BLUE, GREY, LIGHT_BLUE

        for place, score in enumerate(self.scores):
            axes.barh(
                place,
                score.mean,
                height=0.7,
                facecolor="#d1d5db" if score.is_reference else LIGHT_BLUE,
                edgecolor=GREY if score.is_reference else BLUE,
                hatch="///" if score.is_reference else None,
            )
            self._draw_whisker(axes, place, score)
            axes.text(1.02 * self._most, place, score.text, va="center", fontsize=9)
        axes.set_yticks(range(len(self.scores)), [s.label for s in self.scores])
        axes.set_ylim(len(self.scores) - 0.4, -0.6)
        # Numbers stand in a column of their own, clear of bars and whiskers.
        ticks = MaxNLocator(5).tick_values(0, self._most)
        axes.set_xlim(0, 1.42 * self._most)
        axes.set_xticks([tick for tick in ticks if 0 <= tick <= self._most])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(self._label, loc="left")

    @property
    def _label(self) -> str:
        lower = "" if self.metric.higher_is_better else ", lower is better"
        return f"Test {self.metric.label}{lower}"

    def _draw_points(self, axes: Axes, low: float, high: float) -> None:
        from bench.report.plots.style import BLUE, GREY

        for place, score in enumerate(self.scores):
            color = GREY if score.is_reference else BLUE
            if not low <= score.mean <= high:
                edge, arrow = (low, "<") if score.mean < low else (high, ">")
                axes.plot(edge, place, arrow, color=color, clip_on=False)
                continue
            axes.plot(score.mean, place, "o", color=color)
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


def scores_plot(name: str, board: Board) -> ScoresPlot | None:
    """The plot of a board; None before it has a row."""
    if not board.rows:
        return None
    labels = cells.labels(board.rows)
    name_alone = cells.dataset_name(board.task.dataset)
    title = board.title.replace(board.task.dataset, name_alone)
    return ScoresPlot(
        name=name,
        title=f"{cells.shortened(title, 70)}: test {board.goal.ranked_by.label}, "
        "± 95% interval over seeds",
        metric=board.goal.ranked_by,
        scores=tuple(map(_score, board.rows, labels)),
    )


def _score(row: Row, label: str) -> Score:
    low, high = row.low, row.high
    return Score(
        label=cells.shortened(label, _LABEL_LENGTH),
        text=cells.score(row),
        mean=row.score,
        low=row.score if low is None else low,
        high=row.score if high is None else high,
        is_reference=row.is_reference,
    )


def _zoom(scores: Sequence[Score], most: float) -> tuple[float, float] | None:
    """Limits around the searched models; None where zooming would gain little."""
    if not scores:
        return None
    low, high = min(s.low for s in scores), max(s.high for s in scores)
    margin = max(0.002 * most, 0.1 * (high - low))
    low, high = low - margin, high + margin
    return (low, high) if high - low < 0.5 * most else None
