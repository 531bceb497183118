"""The data set: sizes, balance of its classes, and a few images."""

from __future__ import annotations

from collections.abc import Iterator

from bench.records import CLASSIFICATION
from bench.report.page.blocks import Block, Facts, Gallery, Picture, Section
from bench.report.page.pixels import webp
from bench.report.page.study.balance import balance
from bench.report.page.study.findings import findings
from bench.report.page.study.subject import Subject
from bench.text import shortened

_IMAGES = 8


def data(subject: Subject) -> Section:
    return Section(anchor="data", title="The data", blocks=tuple(_blocks(subject)))


def _blocks(subject: Subject) -> Iterator[Block]:
    task = subject.task
    yield Facts(
        values=[
            ("Data set", task.title),
            ("Training images", f"{task.train:,}"),
            ("Validation images", f"{task.validation:,}"),
            ("Test images", f"{task.test:,}"),
            ("Size", "×".join(map(str, task.image_shape))),
            ("Classes", f"{len(task.class_names):,}"),
            ("Seed of the split", str(task.seed)),
        ]
    )
    if subject.spec.task_type.kind == CLASSIFICATION:
        yield balance(subject)
    yield from findings(subject)
    yield from _images(subject)


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
