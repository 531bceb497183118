"""How many images each class has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.report.page import charts
from bench.report.page.study.blocks import Block, Figure, Table, Text
from bench.report.page.study.subject import Subject
from bench.text import shortened

_BARS, _ENDS = 40, 20
"""Number of classes up to which each has a bar; of more, these many at both ends do."""


def balance(subject: Subject) -> Block:
    """Images by class, in the splits of which this is known."""
    found = class_counts(subject)
    if not found:
        return Text(
            text="How many images each class has is not known of studies that were "
            "tested before this was recorded.",
            style="note",
        )
    counts = np.sum(list(found.values()), axis=0)
    order = np.argsort(-counts, kind="stable")
    some = (
        f" The {_ENDS} largest and the {_ENDS} smallest classes are drawn; the table "
        "has all."
        if len(order) > _BARS
        else ""
    )
    names = subject.task.class_names
    sizes = (
        f"The largest class has {counts.max():,} images, the smallest {counts.min():,}"
    )
    return Figure(
        question="How balanced are the classes?",
        caption=(
            f"Images of each class in the {' and the '.join(found)} split, and their "
            f"share. {sizes}.{some}"
        ),
        drawing=charts.bars(
            charts.Described(title="Images by class", text=f"{sizes}."),
            _bars(counts, order, names),
        ),
        numbers=_table(found, order, names),
    )


def class_counts(subject: Subject) -> dict[str, np.ndarray]:
    """Images by class, by the names of the splits whose labels the store holds."""
    classes = len(subject.task.class_names)
    labels = {
        "validation": subject.outputs.get("validation_labels"),
        "test": subject.outputs.get("labels"),
    }
    return {
        split: np.bincount(of_split, minlength=classes)
        for split, of_split in labels.items()
        if of_split is not None
    }


def _bars(
    counts: np.ndarray, order: np.ndarray, names: Sequence[str]
) -> list[charts.Bar]:
    shown = order.tolist()
    if len(shown) > _BARS:
        shown = shown[:_ENDS] + shown[-_ENDS:]
    return [
        charts.Bar(
            name=shortened(names[n], 40),
            text=f"{counts[n]:,} ({counts[n] / counts.sum():.1%})",
            value=float(counts[n]),
        )
        for n in shown
    ]


def _table(
    found: Mapping[str, np.ndarray], order: np.ndarray, names: Sequence[str]
) -> Table:
    total = np.sum(list(found.values()), axis=0)
    return Table(
        caption="Numbers",
        columns=(
            "Class",
            *(f"{split} images".capitalize() for split in found),
            "Share",
        ),
        rows=[
            (
                names[n],
                *(f"{counts[n]:,}" for counts in found.values()),
                f"{total[n] / total.sum():.2%}",
            )
            for n in order.tolist()
        ],
        numbers=frozenset(range(1, len(found) + 2)),
        is_folded=True,
    )
