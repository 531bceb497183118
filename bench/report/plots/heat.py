"""A heat map of mean validation scores over two hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.records import TrialRecord, Value
from bench.records.selection import DEVIATION, validation_score
from bench.report import cells
from bench.report.plots.plot import Plot
from bench.report.results import StudyResults
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class HeatMap(Plot):
    """A cell for each pair of values; pairs that weren't tried stay empty.

    Attributes:
        rows, columns: Name and values of a hyperparameter.
        means, deviations: ``(rows, columns)``, mean and standard deviation over the
            folds; NaN for pairs that weren't tried.
    """

    rows: tuple[str, tuple[Value, ...]]
    columns: tuple[str, tuple[Value, ...]]
    means: np.ndarray
    deviations: np.ndarray

    def draw(self) -> Figure:
        import seaborn as sns

        from bench.report.plots.style import figure

        (row, row_values), (column, column_values) = self.rows, self.columns
        width, height = 2.6 + 0.85 * len(column_values), 2.1 + 0.62 * len(row_values)
        drawing = figure(width, height, self.title)
        axes = drawing.subplots()
        sns.heatmap(
            self.means,
            annot=self._texts(),
            fmt="",
            cmap="viridis",
            linewidths=0.6,
            annot_kws={"size": 8},
            xticklabels=[shortened(cells.setting(v), 20) for v in column_values],
            yticklabels=[shortened(cells.setting(v), 20) for v in row_values],
            cbar_kws={"label": "Mean validation accuracy"},
            ax=axes,
        )
        axes.set_xlabel(shortened(column, 40))
        axes.set_ylabel(shortened(row, 40))
        axes.tick_params(axis="y", rotation=0)
        self._mark_best(axes)
        return drawing

    def _texts(self) -> np.ndarray:
        texts = [
            "" if np.isnan(mean) else f"{mean:.3f}\n±{deviation:.3f}"
            for mean, deviation in zip(
                self.means.flat, self.deviations.flat, strict=True
            )
        ]
        return np.array(texts).reshape(self.means.shape)

    def _mark_best(self, axes: Axes) -> None:
        from matplotlib.patches import Rectangle

        from bench.report.plots.style import RED

        row, column = np.unravel_index(np.nanargmax(self.means), self.means.shape)
        axes.add_patch(
            Rectangle(
                (float(column), float(row)), 1, 1, fill=False, edgecolor=RED, lw=2.5
            )
        )


def heat_map(name: str, results: StudyResults) -> HeatMap | None:
    """The heat map of a cross-validated search over exactly two hyperparameters.

    None for all other searches.
    """
    spec = results.study.spec
    if spec.folds is None:
        return None
    tried = _last_trials(results)
    names = {name for trial in tried for name in trial.proposal.hyperparameters}
    varied = {name: _values(name, tried) for name in sorted(names)}
    varied = {name: values for name, values in varied.items() if len(values) > 1}
    if len(varied) != 2:
        return None
    (row, rows), (column, columns) = sorted(varied.items(), key=lambda i: len(i[1]))
    means = np.full((len(rows), len(columns)), np.nan)
    deviations = means.copy()
    for trial in tried:
        values = trial.proposal.hyperparameters
        if row in values and column in values and trial.result is not None:
            cell = rows.index(values[row]), columns.index(values[column])
            means[cell] = trial.result.metrics[spec.task_type.validated]
            deviations[cell] = trial.result.metrics[DEVIATION]
    return HeatMap(
        name=name,
        title=(
            f"How do {shortened(row, 30)} and {shortened(column, 30)} go together?\n"
            f"{cells.study_title(results.study)}: validation accuracy, "
            f"mean ± standard deviation over {spec.folds} folds"
        ),
        seen=f"{len(rows)} by {len(columns)} values; the best mean is "
        f"{np.nanmax(means):.3f}.",
        rows=(row, tuple(rows)),
        columns=(column, tuple(columns)),
        means=means,
        deviations=deviations,
    )


def _last_trials(results: StudyResults) -> list[TrialRecord]:
    """Each candidate's trial with most epochs: with halving, of its last iteration."""
    last: dict[str, TrialRecord] = {}
    for trial in sorted(results.compared, key=lambda trial: trial.proposal.epochs):
        if validation_score(trial, results.study.spec.task_type) is not None:
            last[cells.hyperparameters(trial.proposal.hyperparameters)] = trial
    return list(last.values())


def _values(name: str, trials: list[TrialRecord]) -> list[Value]:
    """The values of a hyperparameter, sorted."""
    values = {trial.proposal.hyperparameters.get(name) for trial in trials}
    return sorted((v for v in values if v is not None), key=lambda v: (str(type(v)), v))
