"""Learning curves of the best configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.records import (
    ACCURACY,
    DENOISING,
    GENERATION,
    GENERATION_OF_FEW,
    LOG_LOSS,
    RANKING_METRICS,
    EpochRecord,
    Role,
    TrialRecord,
    classification_by,
)
from bench.records.wording import counted
from bench.report import cells
from bench.report.plots.plot import Plot
from bench.report.results import StudyResults
from bench.store import Store

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAINING, _VALIDATION = 1, 0
"""Indices of the colours of training and validation in the palette."""

_Line = tuple[str, str, int]
"""A metric, its name in the legend, and the index of its colour in the palette."""


def _pair(training: str, validation: str) -> tuple[_Line, ...]:
    return (
        (training, "training", _TRAINING),
        (validation, "validation", _VALIDATION),
    )


_ADVERSARIAL = (
    "Loss",
    (
        ("generator_loss", "generator", 2),
        ("discriminator_loss", "discriminator", 3),
    ),
)

_ACCURACY_AND_LOSS = (
    ("Accuracy", _pair("accuracy", "validation_accuracy")),
    ("Loss", _pair("loss", "validation_log_loss")),
)

_PANELS: dict[str, tuple[tuple[str, tuple[_Line, ...]], ...]] = {
    **{
        classification_by(metric.name): (
            *_ACCURACY_AND_LOSS,
            (cells.capitalized(metric.label), _pair("", f"validation_{metric.name}")),
        )
        for metric in RANKING_METRICS.values()
    },
    classification_by(ACCURACY.name): _ACCURACY_AND_LOSS,
    classification_by(LOG_LOSS.name): _ACCURACY_AND_LOSS,
    DENOISING: (
        ("Squared error", _pair("loss", "validation_mse")),
        ("PSNR (dB)", _pair("", "validation_psnr")),
    ),
    GENERATION: (("FID", _pair("", "validation_fid")), _ADVERSARIAL),
    GENERATION_OF_FEW: (("KID", _pair("", "validation_kid")), _ADVERSARIAL),
}
"""Panels by task type, each with its label and its lines."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The learning curve of one training.

    Attributes:
        best_epoch: The epoch whose weights were kept.
        epochs: Numbers of epochs, each with its metrics as pairs of name and value.
    """

    best_epoch: int
    epochs: tuple[tuple[int, tuple[tuple[str, float], ...]], ...]

    def points(self, metric: str) -> list[tuple[int, float]]:
        """Epochs and values of a metric; values that aren't finite are left out."""
        named = [(epoch, dict(metrics).get(metric)) for epoch, metrics in self.epochs]
        return [(e, v) for e, v in named if v is not None and math.isfinite(v)]


@dataclass(frozen=True, kw_only=True)
class LearningPlot(Plot):
    """A line for each seed, with training and validation in two colours."""

    title: str
    task_type: str
    curves: tuple[Curve, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        drawing, panels = figure(9, 4, self.title), _PANELS[self.task_type]
        all_axes = drawing.subplots(1, len(panels)).tolist()
        entries: dict[str, Any] = {}  # of the legend; all seeds share an entry
        for axes, (label, lines) in zip(all_axes, panels, strict=True):
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

    def _draw_panel(self, axes: Axes, label: str, lines: Sequence[_Line]) -> None:
        from matplotlib.ticker import MaxNLocator, StrMethodFormatter

        from bench.report.plots.style import PALETTE

        values = []
        for metric, name, color in lines:
            values += self._draw_lines(axes, metric, name, PALETTE[color])
            if name == "validation":
                self._draw_kept(axes, metric)
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if label in ("Loss", "FID") and values and _spans_decades(values):
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
    curves = _final_curves(store, results)
    subject = f"best configuration, {counted(len(curves), 'seed')}"
    if not curves:
        curves, subject = _trial_curves(store, results), "best trial so far"
    if not curves:
        return None
    study = results.study
    return LearningPlot(
        name=name,
        title=f"{cells.study_title(study)}: {subject}",
        task_type=study.spec.task_type_name,
        curves=tuple(curves),
    )


def _final_curves(store: Store, results: StudyResults) -> list[Curve]:
    curves = (
        _curve(store.epochs(results.study.id, Role.FINAL, final.seed), final.best_epoch)
        for final in results.finals
    )
    return [curve for curve in curves if curve.epochs]


def _trial_curves(store: Store, results: StudyResults) -> list[Curve]:
    best = results.best
    if best is None or best.result is None:
        return []
    curve = _curve(_history(store, results, best), best.result.best_epoch)
    return [curve] if curve.epochs else []


def _history(
    store: Store, results: StudyResults, trial: TrialRecord
) -> list[EpochRecord]:
    """Epochs of a trial, preceded by those of the trials that it continued."""
    by_number = {t.number: t for t in results.trials}
    epochs = store.epochs(results.study.id, Role.TRIAL, trial.number)
    parent = trial.proposal.parent
    while parent is not None and parent in by_number:
        earlier = store.epochs(results.study.id, Role.TRIAL, parent)
        first = epochs[0].epoch if epochs else math.inf
        epochs = [epoch for epoch in earlier if epoch.epoch < first] + epochs
        parent = by_number[parent].proposal.parent
    return epochs


def _curve(epochs: Sequence[EpochRecord], best_epoch: int) -> Curve:
    return Curve(
        best_epoch=best_epoch,
        epochs=tuple((e.epoch, tuple(sorted(e.metrics.items()))) for e in epochs),
    )


def _spans_decades(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) > 20 * min(values)
