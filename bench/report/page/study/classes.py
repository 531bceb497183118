"""Recall, precision and F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.metrics import class_scores
from bench.report.page.blocks import Table
from bench.report.page.study.predicted import Predicted
from bench.text import shortened

_SHOWN = 20
"""Number of classes up to which the table is open."""

_COLUMNS = ("Class", "Test images", "Recall", "Precision", "F1", "Most often taken for")


def classes_table(found: Predicted, names: Sequence[str]) -> Table:
    """Scores of each class over the predictions of all seeds, the worst first."""
    classes = len(names)
    scores = class_scores(
        found.probabilities.reshape(-1, classes), np.tile(found.labels, found.seeds)
    )
    wrong = found.confusion - np.diag(found.confusion.diagonal())
    return Table(
        caption="Each class, the worst first; over the predictions of all seeds",
        columns=_COLUMNS,
        rows=[
            (
                names[n],
                f"{scores[n].images // found.seeds:,}",
                _share(scores[n].recall),
                _share(scores[n].precision),
                _share(scores[n].f1),
                _taken_for(wrong[n], names),
            )
            for n in sorted(range(classes), key=lambda n: scores[n].f1 or 0.0)
        ],
        numbers=frozenset((1, 2, 3, 4)),
        is_folded=classes > _SHOWN,
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _taken_for(wrong: np.ndarray, names: Sequence[str]) -> str:
    if not wrong.any():
        return "nothing else"
    other = int(wrong.argmax())
    return f"{shortened(names[other], 40)} ({wrong[other] / wrong.sum():.0%} of errors)"
