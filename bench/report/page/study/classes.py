"""Recall, precision and F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.report.page.study.blocks import Table
from bench.report.page.study.predicted import Predicted
from bench.text import shortened

_SHOWN = 20
"""Number of classes up to which the table is open."""


def classes_table(found: Predicted, names: Sequence[str]) -> Table:
    """Recall, precision and F1 of each class, the worst first."""
    counts = found.confusion
    right = counts.diagonal()
    of_class, as_class = counts.sum(axis=1), counts.sum(axis=0)
    recall = right / np.maximum(1, of_class)
    precision = right / np.maximum(1, as_class)
    f1 = 2 * right / np.maximum(1, of_class + as_class)
    wrong = counts - np.diag(right)
    rows = [
        (
            names[n],
            f"{of_class[n] // found.seeds:,}",
            _share(recall[n], of_class[n]),
            _share(precision[n], as_class[n]),
            _share(f1[n], of_class[n] + as_class[n]),
            _taken_for(wrong[n], names),
        )
        for n in np.argsort(f1, kind="stable")
    ]
    return Table(
        caption="Each class, the worst first; means over seeds",
        columns=(
            "Class",
            "Test images",
            "Recall",
            "Precision",
            "F1",
            "Most often taken for",
        ),
        rows=rows,
        numbers=frozenset((1, 2, 3, 4)),
        is_folded=len(names) > _SHOWN,
    )


def _share(value: float, of: int) -> str:
    return f"{value:.3f}" if of else "–"


def _taken_for(wrong: np.ndarray, names: Sequence[str]) -> str:
    if not wrong.any():
        return "nothing else"
    other = int(wrong.argmax())
    return f"{shortened(names[other], 40)} ({wrong[other] / wrong.sum():.0%} of errors)"
