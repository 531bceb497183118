"""Mean validation score over two hyperparameters, as a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.records import TrialRecord, Value
from bench.records.selection import DEVIATION, validation_score
from bench.report import cells
from bench.report.board import StudyResults
from bench.report.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class HeatMap(Plot):
    """A cell for each pair of values; those that weren't tried are left empty.

    Attributes:
        rows, columns: Name of a hyperparameter and its values.
        means, deviations: ``(rows, columns)``, over folds; NaN where not tried.
    """

    title: str
    rows: tuple[str, tuple[Value, ...]]
    columns: tuple[str, tuple[Value, ...]]
    means: np.ndarray
    deviations: np.ndarray

    def draw(self) -> Figure:
        import seaborn as sns

        from bench.report.plots.style import figure

        (row, row_values), (column, column_values) = self.rows, self.columns
        made = figure(2.6 + 0.85 * len(column_values), 1.9 + 0.62 * len(row_values))
        axes = made.subplots()
        sns.heatmap(
            self.means,
            annot=self._texts(),
            fmt="",
            cmap="viridis",
            linewidths=0.6,
            annot_kws={"size": 8},
            xticklabels=[cells.setting(v) for v in column_values],
            yticklabels=[cells.setting(v) for v in row_values],
            cbar_kws={"label": "Mean validation accuracy"},
            ax=axes,
        )
        axes.set_xlabel(column)
        axes.set_ylabel(row)
        axes.tick_params(axis="y", rotation=0)
        axes.set_title(self.title)
        self._mark_best(axes)
        return made

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
    """The map of a cross-validated search over two hyperparameters; None for others."""
    spec = results.study.spec
    if spec.folds is None:
        return None
    tried = _last_of_each(results)
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
            place = rows.index(values[row]), columns.index(values[column])
            means[place] = trial.result.metrics[spec.aim.validated]
            deviations[place] = trial.result.metrics[DEVIATION]
    who = cells.study_title(results.study)
    return HeatMap(
        name=name,
        title=f"{who}: mean ± deviation over {spec.folds} folds",
        rows=(row, tuple(rows)),
        columns=(column, tuple(columns)),
        means=means,
        deviations=deviations,
    )


def _last_of_each(results: StudyResults) -> list[TrialRecord]:
    """Each candidate as far as it was trained: a halved one at its last iteration."""
    last: dict[str, TrialRecord] = {}
    for trial in sorted(results.compared, key=lambda trial: trial.proposal.epochs):
        if validation_score(trial, results.study.spec.aim) is not None:
            last[cells.hyperparameters(trial.proposal.hyperparameters)] = trial
    return list(last.values())


def _values(name: str, trials: list[TrialRecord]) -> list[Value]:
    """A hyperparameter's, in order."""
    found = {trial.proposal.hyperparameters.get(name) for trial in trials}
    return sorted((v for v in found if v is not None), key=lambda v: (str(type(v)), v))
