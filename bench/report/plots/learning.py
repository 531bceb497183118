"""Learning curves of the best configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.records import TASK_TYPES, TaskType
from bench.records.wording import counted
from bench.report import cells
from bench.report.curves import (
    Curve,
    Line,
    final_curves,
    panels,
    spans_decades,
    trial_curve,
)
from bench.report.plots.plot import Plot
from bench.report.results import StudyResults
from bench.store import Store

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class LearningPlot(Plot):
    """A line for each seed, with training and validation in two colours."""

    task_type: str
    curves: tuple[Curve, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        shown = panels(TASK_TYPES[self.task_type])
        drawing = figure(4.5 * len(shown), 4, self.title)
        all_axes = drawing.subplots(1, len(shown)).tolist()
        entries: dict[str, Any] = {}  # of the legend; all seeds share an entry
        for axes, (label, lines) in zip(all_axes, shown, strict=True):
            self._draw_panel(axes, label, lines)
            handles, names = axes.get_legend_handles_labels()
            entries |= dict(zip(names, handles, strict=True))
        if entries:
            drawing.legend(
                list(entries.values()),
                list(entries),
                loc="outside lower center",
                ncols=len(entries),
            )
        return drawing

    def _draw_panel(self, axes: Axes, label: str, lines: Sequence[Line]) -> None:
        from matplotlib.ticker import MaxNLocator, StrMethodFormatter

        from bench.report.plots.style import PALETTE

        values = []
        for metric, name, color in lines:
            values += self._draw_lines(axes, metric, name, PALETTE[color])
            if name == "validation":
                self._draw_kept(axes, metric)
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if label in ("Loss", "FID") and spans_decades(values):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            label = f"{label} (log scale)"
        axes.set_ylabel(label)

    def _draw_lines(
        self, axes: Axes, metric: str, name: str, color: str
    ) -> list[float]:
        import seaborn as sns

        lines = [curve.points(metric) for curve in self.curves]
        points = [(n, *point) for n, line in enumerate(lines) for point in line]
        if not points:
            return []
        training, epochs, values = zip(*points, strict=True)
        sns.lineplot(
            x=epochs,
            y=values,
            units=training,
            estimator=None,
            color=color,
            linewidth=1.3,
            alpha=0.85,
            # Markers show trainings of few epochs, down to a single epoch.
            marker="o" if max(epochs) <= 10 else None,
            markersize=4,
            label=name,
            legend=False,
            ax=axes,
        )
        return list(values)

    def _draw_kept(self, axes: Axes, metric: str) -> None:
        kept = [
            (epoch, value)
            for curve in self.curves
            for epoch, value in curve.points(metric)
            if epoch == curve.best_epoch
        ]
        if kept:
            axes.plot(
                *zip(*kept, strict=True), "k*", markersize=9, label="weights kept"
            )


def learning_plot(
    name: str, store: Store, results: StudyResults
) -> LearningPlot | None:
    """Curves of the final trainings, or of the best trial before there are any."""
    curves = list(final_curves(store, results).values())
    subject = f"best configuration, {counted(len(curves), 'seed')}"
    if not curves:
        curves, subject = _best_curve(store, results), "best trial so far"
    if not curves:
        return None
    study = results.study
    return LearningPlot(
        name=name,
        title="How did it learn, epoch by epoch?\n"
        f"{cells.study_title(study)}: {subject}",
        seen=_seen(curves, study.spec.task_type),
        task_type=study.spec.task_type_name,
        curves=tuple(curves),
    )


def _seen(curves: Sequence[Curve], task_type: TaskType) -> str:
    """How long the trainings were, and their best values of the objective."""
    objective = task_type.objective
    best = max if objective.higher_is_better else min
    lines = [points for c in curves if (points := c.points(task_type.validated))]
    if not lines:
        return "No training has a finite value."
    values = [best(value for _, value in points) for points in lines]
    longest = max(epoch for points in lines for epoch, _ in points)
    return (
        f"Best validation {objective.label} within {counted(longest, 'epoch')}: "
        f"{', '.join(map(objective.text, values))}."
    )


def _best_curve(store: Store, results: StudyResults) -> list[Curve]:
    best = results.best
    curve = None if best is None else trial_curve(store, results, best)
    return [] if curve is None else [curve]
