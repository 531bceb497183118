"""The data set: sizes, balance of its classes, and a few images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.records import CLASSIFICATION, Role
from bench.records.wording import dataset_name
from bench.report.page import charts
from bench.report.page.study.blocks import (
    Block,
    Facts,
    Figure,
    Gallery,
    Picture,
    Section,
    Table,
    Text,
)
from bench.report.page.study.pixels import webp
from bench.report.page.study.subject import Subject
from bench.text import shortened

_IMAGES = 8
_BARS = 40
"""Number of classes up to which each has a bar; of more, the extremes are shown."""


def data(subject: Subject) -> Section:
    return Section(anchor="data", title="The data", blocks=tuple(_blocks(subject)))


def _blocks(subject: Subject) -> Iterator[Block]:
    task = subject.task
    yield Facts(
        values=[
            ("Data set", dataset_name(task.dataset)),
            ("Training images", f"{task.train:,}"),
            ("Validation images", f"{task.validation:,}"),
            ("Test images", f"{task.test:,}"),
            ("Size", "×".join(map(str, task.image_shape))),
            ("Classes", f"{len(task.class_names):,}"),
            ("Seed of the split", str(task.seed)),
        ]
    )
    if subject.spec.task_type.kind == CLASSIFICATION:
        yield _balance(subject)
    yield from _images(subject)


def _balance(subject: Subject) -> Block:
    found = class_counts(subject)
    if found is None:
        return Text(
            text="How many images each class has is not known of studies that were "
            "tested before this was recorded.",
            style="note",
        )
    where, counts = found
    names, total = subject.task.class_names, int(counts.sum())
    order = np.argsort(-counts, kind="stable")
    shown = order if len(order) <= _BARS else order[[*range(20), *range(-20, 0)]]
    bars = [
        charts.Bar(
            name=shortened(names[n], 40),
            text=f"{counts[n]:,} ({counts[n] / total:.1%})",
            value=float(counts[n]),
        )
        for n in shown
    ]
    most, least = int(counts.max()), int(counts.min())
    ratio = (
        f"{most / least:.1f} times as many" if least else "all, while some have none"
    )
    left_out = (
        ""
        if len(shown) == len(order)
        else (
            " The 20 largest and the 20 smallest classes are shown; the table has all."
        )
    )
    return Figure(
        question="How balanced are the classes?",
        caption=(
            f"Images of each class in {where}, and their share. The largest class has "
            f"{most:,}, the smallest {least:,}.{left_out}"
        ),
        drawing=charts.bars(
            charts.Described(
                title="Images by class",
                text=f"{len(counts)} classes; the largest has {ratio} as the smallest.",
            ),
            bars,
        ),
        numbers=Table(
            caption="Numbers",
            columns=("Class", "Images", "Share"),
            rows=[
                (names[n], f"{counts[n]:,}", f"{counts[n] / total:.2%}") for n in order
            ],
            numbers=frozenset((1, 2)),
            is_folded=True,
        ),
    )


def class_counts(subject: Subject) -> tuple[str, np.ndarray] | None:
    """The split whose labels the store holds, and its images by class."""
    final = subject.results.shown_final
    if final is None:
        return None
    labels = subject.store.output(subject.study.id, final.seed, Role.FINAL, "labels")
    if labels is None:
        return None
    counts = np.bincount(labels, minlength=len(subject.task.class_names))
    return "the test split", counts


def _images(subject: Subject) -> Iterator[Block]:
    samples, names = subject.samples, subject.task.class_names
    is_labelled = subject.spec.task_type.kind == CLASSIFICATION
    pictures = []
    for image, label in zip(
        samples.train_images[:_IMAGES], samples.train_labels[:_IMAGES], strict=True
    ):
        source = subject.images.source(webp(image))
        if source is not None:
            name = shortened(names[label], 60)
            pictures.append(
                Picture(
                    source=source,
                    alternative=f"Training image of the class {name}",
                    caption=name if is_labelled else "",
                )
            )
    if pictures:
        yield Gallery(title="Training images", pictures=pictures)
