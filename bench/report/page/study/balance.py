"""How many images each class has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from bench.report.page import charts
from bench.report.page.blocks import Block, Figure, Table, Text
from bench.report.page.study.subject import Subject
from bench.report.remark import SPLIT_NAMES
from bench.text import shortened

_BARS = 12
"""Number of classes up to which each has a bar with its name."""


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
    splits = ", ".join(found)
    if counts.min() == counts.max():
        return Text(text=f"Every class has {counts[0]:,} images (splits: {splits}).")
    order = np.argsort(-counts, kind="stable")
    names = subject.task.class_names
    sizes = (
        f"The largest class has {counts.max():,} images, the smallest {counts.min():,}"
    )
    described = charts.Described(title="Images by class", text=f"{sizes}.")
    draw = _bars if len(counts) <= _BARS else _columns
    return Figure(
        question="How balanced are the classes?",
        caption=f"Images of each class and their share (splits: {splits}). {sizes}.",
        drawing=draw(described, counts, order, names),
        numbers=_table(found, order, names),
    )


def class_counts(subject: Subject) -> dict[str, np.ndarray]:
    """Images by class, by the names of the splits of which they are known.

    Those of an examined task are known of all splits, others of splits whose labels
    the store holds.
    """
    if (found := subject.task.findings) is not None:
        return {name: np.array(found.counts[key]) for key, name in SPLIT_NAMES.items()}
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
    described: charts.Described,
    counts: np.ndarray,
    order: np.ndarray,
    names: Sequence[str],
) -> Markup:
    bars = [
        charts.Bar(
            name=shortened(names[n], 40),
            text=f"{counts[n]:,} ({counts[n] / counts.sum():.1%})",
            value=float(counts[n]),
        )
        for n in order.tolist()
    ]
    return charts.bars(described, bars)


def _columns(
    described: charts.Described,
    counts: np.ndarray,
    order: np.ndarray,
    names: Sequence[str],
) -> Markup:
    x = charts.linear([1.0, len(order)], is_whole=True)
    y = charts.linear(counts.tolist(), from_zero=True)
    columns = [
        (place + 0.5, place + 1.5, float(counts[n]), f"{names[n]}: {counts[n]:,}")
        for place, n in enumerate(order.tolist())
    ]
    return charts.frame(
        described,
        charts.Axis(label="Classes, the largest first", scale=x),
        charts.Axis(label="Images", scale=y),
        charts.columns(charts.Area(x=x, y=y), columns),
    )


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
