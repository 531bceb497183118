"""What a denoiser does: images before and after, and the PSNR of every test image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.records import DENOISING
from bench.report.page.blocks import Block, Gallery, Picture, Section
from bench.report.page.pixels import strip, webp
from bench.report.page.study.psnr import psnr_figure
from bench.report.page.study.subject import Subject

_IMAGES = 8


def denoising(subject: Subject) -> Section | None:
    """How a denoiser does; None for other task types and before a test."""
    final = subject.results.shown_final
    if subject.spec.task_type.kind != DENOISING or final is None:
        return None
    return Section(
        anchor="denoised", title="What it removes", blocks=tuple(_blocks(subject))
    )


def _blocks(subject: Subject) -> Iterator[Block]:
    yield from psnr_figure(subject)
    yield from _images(subject)


def _images(subject: Subject) -> Iterator[Block]:
    outputs = subject.outputs
    originals = subject.samples.test_images
    noisy, denoised = outputs["noisy"], outputs["denoised"]
    count = min(_IMAGES, len(denoised))
    chosen = np.linspace(0, len(denoised) - 1, count, dtype=int)
    pictures = []
    for place, n in enumerate(chosen.tolist(), start=1):
        difference = abs(originals[n].astype(int) - denoised[n].astype(int))
        row = np.stack(
            [originals[n], noisy[n], denoised[n], difference.astype("uint8")]
        )
        source = subject.images.source(webp(strip(row), side=640))
        if source is not None:
            pictures.append(
                Picture(
                    source=source,
                    alternative=f"Test image {place}: original, with noise, denoised, "
                    "and the difference of the denoised from the original",
                    caption=f"PSNR {_psnr(originals[n], noisy[n]):.1f} dB noisy, "
                    f"{_psnr(originals[n], denoised[n]):.1f} dB denoised",
                )
            )
    if pictures:
        yield Gallery(
            title="Test images before and after",
            note="From left to right: original, noisy, denoised, and how far the "
            "denoised image is from the original (black is no difference).",
            pictures=pictures,
            style="rows",
        )


def _psnr(clean: np.ndarray, image: np.ndarray) -> float:
    error = np.square((clean.astype(float) - image) / 255).mean()
    return float(-10 * np.log10(max(error, 1e-10)))
