"""Which classes are taken for which: the confusion matrix and a table of classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.report.page import charts
from bench.report.page.blocks import Figure, Table
from bench.report.page.study.predicted import Predicted

SORTED_FROM = 13
"""Number of classes from which the matrix is sorted by similarity."""

_ORDERED = 300
"""Number of classes up to which neighbours in the order are chosen at their best."""


def confusion_figure(found: Predicted, names: Sequence[str]) -> Figure:
    """The confusion matrix of all seeds together."""
    order = similar_order(found.confusion)
    counts = found.confusion[np.ix_(order, order)]
    ordered = [names[n] for n in order]
    is_sorted = len(names) >= SORTED_FROM
    how = " Classes that are taken for each other are neighbours." if is_sorted else ""
    seeds = "one seed" if found.seeds == 1 else f"all {found.seeds} seeds"
    return Figure(
        question="Which classes are taken for which?",
        caption=(
            f"Predictions of {seeds} by true class (row) and predicted class (column); "
            "the colour is the share of the true class, and the diagonal is right."
            f"{how}"
        ),
        drawing=charts.heat_map(
            charts.Described(
                title="Confusion matrix",
                text=f"{len(names)} classes; {_worst(counts, ordered)}.",
            ),
            charts.HeatCells(
                names=ordered,
                shares=counts / np.maximum(1, counts.sum(axis=1, keepdims=True)),
                texts=np.where(counts > 0, counts.astype(str), ""),
                tips=_tips(counts, ordered),
                labels=("True class", "Predicted class"),
            ),
        ),
        numbers=_confused(counts, ordered),
    )


def _tips(counts: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Tooltips of the cells, ``(n, n)``."""
    tips = np.empty(counts.shape, object)
    for (i, j), count in np.ndenumerate(counts):
        tips[i, j] = f"{names[i]} predicted as {names[j]}: {count}" if count else ""
    return tips


def similar_order(counts: np.ndarray) -> np.ndarray:
    """Indices of classes, those that are confused side by side if there are many."""
    count = len(counts)
    if count < SORTED_FROM:
        return np.arange(count)
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    distances = 1 - (shares + shares.T) / 2
    np.fill_diagonal(distances, 0)
    tree = linkage(
        squareform(distances, checks=False),
        "average",
        optimal_ordering=count <= _ORDERED,
    )
    order: np.ndarray = leaves_list(tree)
    return order


def _confused(counts: np.ndarray, names: Sequence[str]) -> Table:
    """Pairs of a class and what it is taken for, the most frequent first."""
    wrong = counts - np.diag(counts.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")
    pairs = [divmod(int(n), len(names)) for n in order if wrong.flat[n]][:30]
    return Table(
        caption="The pairs that are confused most often",
        columns=("True class", "Predicted class", "Predictions", "Share of the class"),
        rows=[
            (
                names[i],
                names[j],
                str(wrong[i, j]),
                f"{wrong[i, j] / counts[i].sum():.1%}",
            )
            for i, j in pairs
        ],
        numbers=frozenset((2, 3)),
        is_folded=True,
    )


def _worst(counts: np.ndarray, names: Sequence[str]) -> str:
    wrong = counts - np.diag(counts.diagonal())
    if not wrong.any():
        return "no test image is predicted wrong"
    i, j = divmod(int(wrong.argmax()), len(names))
    return f"{names[i]} is most often taken for {names[j]}, {wrong[i, j]} times"
