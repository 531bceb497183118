"""What a generator makes: samples, their progress, and the nearest training images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from bench.records import GENERATION
from bench.report.page.blocks import Block, Gallery, Picture, Section, Slides
from bench.report.page.pixels import strip, webp
from bench.report.page.study.subject import Subject

_SAMPLES, _EPOCHS, _IN_EPOCH = 32, 24, 8
"""Numbers of samples, of epochs, and of samples in each, that are shown."""

_SIDE, _WIDE = 224, 640
"""Maximum sides of an image, and of images in a row."""


def generation(subject: Subject) -> Section | None:
    """What a generator makes; None for other task types and before a test."""
    if subject.spec.task_type.kind != GENERATION or not subject.outputs:
        return None
    return Section(
        anchor="generated", title="What it makes", blocks=tuple(_blocks(subject))
    )


def _blocks(subject: Subject) -> Iterator[Block]:
    outputs = subject.outputs
    pictures = _pictures(
        subject, outputs["samples"][:_SAMPLES], lambda n: f"Generated image {n + 1}"
    )
    if pictures:
        yield Gallery(
            title="Random samples",
            note="The first ones that it made, none chosen.",
            pictures=pictures,
            style="small",
        )
    yield from _progress(subject, outputs["progress"])
    yield from _neighbours(subject)


def _progress(subject: Subject, progress: np.ndarray) -> Iterator[Block]:
    count = min(_EPOCHS, len(progress))
    epochs = np.unique(np.linspace(0, len(progress) - 1, count, dtype=int)).tolist()
    pictures = _pictures(
        subject,
        [strip(progress[n][:_IN_EPOCH]) for n in epochs],
        lambda place: f"Samples after epoch {epochs[place] + 1}",
        side=_WIDE,
    )
    if pictures:
        yield Slides(
            title="The same latent vectors, epoch by epoch",
            note="What becomes of the same random numbers as the generator learns.",
            label="Epoch",
            names=[f"epoch {n + 1}" for n in epochs][: len(pictures)],
            pictures=pictures,
        )


def _neighbours(subject: Subject) -> Iterator[Block]:
    outputs = subject.outputs
    neighbours = outputs["neighbours"]
    of_samples, of_tests = outputs["neighbour_distances"].astype(float)
    pairs = [
        strip(np.stack(pair))
        for pair in zip(outputs["samples"], neighbours, strict=False)
    ]
    pictures = _pictures(
        subject,
        pairs,
        lambda n: f"Generated image {n + 1} and its nearest training image",
        captions=[f"distance {distance:.2f}" for distance in of_samples],
    )
    if pictures:
        yield Gallery(
            title="Has it memorized training images?",
            note=(
                "Samples (left) beside the training images with the nearest features. "
                f"Mean distance {of_samples.mean():.2f}; that of real test images is "
                f"{of_tests.mean():.2f}, and a generator that copies lies far below."
            ),
            pictures=pictures,
        )


def _pictures(
    subject: Subject,
    images: Iterable[np.ndarray],
    alternative: Callable[[int], str],
    *,
    captions: Sequence[str] = (),
    side: int = _SIDE,
) -> list[Picture]:
    """Images, each with a text in its place; those that are too heavy are left out."""
    sources = [subject.images.source(webp(image, side=side)) for image in images]
    return [
        Picture(
            source=source,
            alternative=alternative(n),
            caption=captions[n] if captions else "",
        )
        for n, source in enumerate(sources)
        if source is not None
    ]
