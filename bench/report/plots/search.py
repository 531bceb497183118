"""Validation score of every trial over the time of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from bench.records import Metric, StudySpec, TrialRecord
from bench.records.durations import duration
from bench.records.selection import validation_score
from bench.records.wording import budget_text, counted, part_of_images
from bench.report import cells
from bench.report.plots.plot import Plot
from bench.report.results import StudyResults
from bench.report.search_clock import SearchClock, end_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Point:
    """One trial that is over.

    Attributes:
        seconds: Search time at which it ended.
        score: Validation score; None if the trial failed.
        fidelity: Share of the images and number of epochs that it was given.
    """

    seconds: float
    score: float | None
    fidelity: tuple[float, int]


@dataclass(frozen=True, kw_only=True)
class SearchPlot(Plot):
    """Trials as points, the best so far as a step line, failures at the bottom."""

    metric: Metric
    points: tuple[Point, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        drawing = figure(8.5, 4.6, self.title)
        axes = drawing.subplots()
        unit, length = _unit(self.points[-1].seconds)
        self._draw_best(axes, length)
        self._draw_finished(axes, length)
        self._draw_failed(axes, length)
        axes.set_xlabel(f"Search time ({unit})")
        axes.set_ylabel(f"Validation {self.metric.label}")
        axes.margins(x=0.04, y=0.08)
        axes.set_xlim(left=0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
        return drawing

    def _draw_best(self, axes: Axes, length: float) -> None:
        from bench.report.plots.style import GREY

        finished = [(p.seconds, p.score) for p in self.points if p.score is not None]
        if not finished:
            axes.set_ylim(0, 1)
            return
        seconds = [s / length for s, _ in finished]
        better = max if self.metric.higher_is_better else min
        best = list(accumulate((score for _, score in finished), better))
        seconds.append(self.points[-1].seconds / length)
        best.append(best[-1])
        axes.step(seconds, best, where="post", color=GREY, label="best so far")

    def _draw_finished(self, axes: Axes, length: float) -> None:
        import seaborn as sns

        finished = [point for point in self.points if point.score is not None]
        fidelities = sorted({point.fidelity for point in finished})
        for fidelity, color, size in zip(
            fidelities,
            sns.color_palette("crest", len(fidelities)),
            _sizes(len(fidelities)),
            strict=True,
        ):
            chosen = [point for point in finished if point.fidelity == fidelity]
            share, epochs = fidelity
            sns.scatterplot(
                x=[point.seconds / length for point in chosen],
                y=[point.score for point in chosen],
                color=color,
                s=size,
                label=f"up to {counted(epochs, 'epoch')}{part_of_images(share)}",
                zorder=3,
                ax=axes,
            )

    def _draw_failed(self, axes: Axes, length: float) -> None:
        from bench.report.plots.style import RED

        failed = [p.seconds / length for p in self.points if p.score is None]
        if failed:
            axes.plot(
                failed,
                [0.025] * len(failed),
                "x",
                color=RED,
                markeredgewidth=2,
                label="failed, no score",
                # Time on the x-axis, but always at the bottom of the y-axis.
                transform=axes.get_xaxis_transform(),
            )


def search_plot(name: str, results: StudyResults) -> SearchPlot | None:
    """The trials of a study; None before the first trial is over."""
    over = [trial for trial in results.compared if trial.state.is_over]
    if not over:
        return None
    over.sort(key=lambda trial: (end_of(trial), trial.number))
    spec, clock = results.study.spec, SearchClock(results.trials)
    search = f"{spec.searcher}, {budget_text(spec)}"
    points = tuple(
        Point(
            seconds=clock.at(end_of(trial)),
            score=validation_score(trial, spec.task_type),
            fidelity=(trial.proposal.image_share, _epochs(trial, spec)),
        )
        for trial in over
    )
    return SearchPlot(
        name=name,
        title="When did the search find its best configuration?\n"
        f"{cells.study_title(results.study)}: {search}",
        seen=_seen(points, spec.task_type.objective),
        metric=spec.task_type.objective,
        points=points,
    )


def _seen(points: Sequence[Point], metric: Metric) -> str:
    finished = [p for p in points if p.score is not None]
    text = f"{counted(len(points), 'trial')}, {len(points) - len(finished)} failed"
    if not finished:
        return f"{text}."
    best = max(finished, key=lambda point: metric.better(point.score or 0.0))
    score = metric.text(best.score or 0.0)
    return f"{text}; the best has {score}, after {duration(best.seconds)} of search."


def _epochs(trial: TrialRecord, spec: StudySpec) -> int:
    """Epochs that a trial was given; with a schedule, the epochs that it trained."""
    if spec.schedule is None or trial.result is None:
        return trial.proposal.epochs
    return trial.result.epochs


def _sizes(count: int) -> list[float]:
    return [35 + 75 * n / max(1, count - 1) for n in range(count)]


def _unit(seconds: float) -> tuple[str, float]:
    if seconds < 300:
        return "s", 1.0
    return ("min", 60.0) if seconds < 3 * 3600 else ("h", 3600.0)
