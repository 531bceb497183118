"""What a classifier makes of test images, and its most confident mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.records import CLASSIFICATION
from bench.report.page.blocks import (
    Block,
    Figures,
    Gallery,
    Picture,
    Section,
    Text,
)
from bench.report.page.pixels import webp
from bench.report.page.study.calibration import reliability_figure
from bench.report.page.study.classes import classes_table
from bench.report.page.study.confusion import confusion_figure
from bench.report.page.study.explanations import explanations
from bench.report.page.study.predicted import Predicted, predicted
from bench.report.page.study.subject import Subject
from bench.text import shortened

_LABEL = 40


def predictions(subject: Subject) -> Section | None:
    """How a classifier predicts; None for other task types and before a test."""
    if subject.spec.task_type.kind != CLASSIFICATION or not subject.tested:
        return None
    return Section(
        anchor="predictions", title="What it predicts", blocks=tuple(_blocks(subject))
    )


def _blocks(subject: Subject) -> Iterator[Block]:
    found, names = predicted(subject), subject.task.class_names
    if found is None:
        yield Text(
            text="The confusion matrix, the reliability of the probabilities and the "
            "scores by class are not known of studies that were tested before the "
            "labels of test images were kept.",
            style="note",
        )
    else:
        yield Figures(
            each=(confusion_figure(found, names), reliability_figure(subject, found))
        )
        yield classes_table(found, names)
    yield from _samples(subject)
    if found is not None:
        yield from _mistakes(subject, found)
    yield from explanations(subject)


def _samples(subject: Subject) -> Iterator[Block]:
    """Test images that were chosen before any model was tested."""
    samples, probabilities = subject.samples, subject.outputs.get("probabilities")
    if probabilities is None or not len(samples.test_labels):
        return
    chosen = probabilities[samples.test_indices].astype(float)
    pictures = [
        picture
        for image, label, of_classes in zip(
            samples.test_images, samples.test_labels, chosen, strict=True
        )
        if (picture := _picture(subject, image, int(label), of_classes)) is not None
    ]
    wrong = sum(picture.style == "wrong" for picture in pictures)
    final = subject.results.shown_final
    seed = "" if final is None else f" of seed {final.seed}"
    if pictures:
        yield Gallery(
            title="Predictions",
            note=(
                f"Test images that were chosen before the test, with the prediction"
                f"{seed}: {wrong} of {len(pictures)} are wrong (red)."
            ),
            pictures=pictures,
        )


def _mistakes(subject: Subject, found: Predicted) -> Iterator[Block]:
    """The most confident mistakes of the shown seed, if their images were kept."""
    indices, images = (
        subject.outputs.get(name) for name in ("mistakes", "mistake_images")
    )
    probabilities = subject.outputs.get("probabilities")
    if not found.right[0].all() and (indices is None or images is None):
        yield Text(
            text="The images of the most confident mistakes are not in the store; "
            f"python -m bench mistakes {subject.study.id[:8]} writes them.",
            style="note",
        )
    if indices is None or images is None or probabilities is None:
        return
    pictures = [
        picture
        for index, image in zip(indices.tolist(), images, strict=True)
        if (
            picture := _picture(
                subject,
                image,
                int(found.labels[index]),
                probabilities[index].astype(float),
            )
        )
        is not None
    ]
    if pictures:
        yield Gallery(
            title="The most confident mistakes",
            note="The wrong predictions of the test that have the highest probability. "
            "Some of these labels may be wrong.",
            pictures=pictures,
        )


def _picture(
    subject: Subject, image: np.ndarray, label: int, probabilities: np.ndarray
) -> Picture | None:
    """A test image with its prediction; None if the page is heavy already."""
    names, guess = subject.task.class_names, int(probabilities.argmax())
    source = subject.images.source(webp(image))
    if source is None:
        return None
    said, true = (shortened(names[n], _LABEL) for n in (guess, label))
    share = f"{float(probabilities[guess]):.0%}"
    is_right = guess == label
    return Picture(
        source=source,
        alternative=f"Test image of the class {true}, predicted as {said}",
        caption=f"{said} ({share})" + ("" if is_right else f"; it is {true}"),
        style="right" if is_right else "wrong",
    )
