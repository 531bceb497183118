"""What a denoiser does: images before and after, and the PSNR of every test image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.records import DENOISING
from bench.report.page import charts
from bench.report.page.study.blocks import (
    Block,
    Figure,
    Gallery,
    Picture,
    Section,
    Table,
)
from bench.report.page.study.pixels import strip, webp
from bench.report.page.study.subject import Subject

_IMAGES, _BINS = 8, 24


def denoising(subject: Subject) -> Section | None:
    """How a denoiser does; None for other task types and before a test."""
    final = subject.results.shown_final
    if subject.spec.task_type.kind != DENOISING or final is None:
        return None
    return Section(
        anchor="denoised", title="What it removes", blocks=tuple(_blocks(subject))
    )


def _blocks(subject: Subject) -> Iterator[Block]:
    yield from _histogram(subject)
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


def _histogram(subject: Subject) -> Iterator[Block]:
    outputs = subject.outputs
    after, before = (outputs.get(n) for n in ("image_psnr", "image_psnr_noisy"))
    if after is None or before is None:
        return
    after, before = after.astype(float), before.astype(float)
    both = np.concatenate([before, after])
    edges = np.linspace(both.min(), both.max() + 1e-9, _BINS + 1)
    counts = [np.histogram(values, edges)[0] for values in (before, after)]
    x = charts.linear(edges.tolist())
    y = charts.linear([0.0, float(max(map(max, counts)))], from_zero=True)
    area = charts.Area(x=x, y=y)
    drawn = [
        charts.columns(
            area,
            [
                (a, b, float(n), f"{name}: {n} images of {a:.1f} to {b:.1f} dB")
                for a, b, n in zip(edges, edges[1:], of_bins, strict=False)
                if n
            ],
            style,
        )
        for name, style, of_bins in zip(
            ("noisy", "denoised"), ("column quiet", "column glass"), counts, strict=True
        )
    ]
    better = float((after > before).mean())
    yield Figure(
        question="How good is every test image?",
        caption=(
            f"PSNR of all {len(after):,} test images: noisy (grey) and denoised (blue); "
            f"{better:.1%} of the images are better after than before. "
            f"The lowest has {after.min():.1f} dB, the median {np.median(after):.1f} dB."
        ),
        drawing=charts.frame(
            charts.Described(
                title="Histogram of the PSNR",
                text=f"Medians: {np.median(before):.1f} dB noisy, "
                f"{np.median(after):.1f} dB denoised.",
            ),
            charts.Axis(label="PSNR (dB)", scale=x),
            charts.Axis(label="Images", scale=y),
            *drawn,
        ),
        numbers=Table(
            caption="Numbers",
            columns=("PSNR (dB)", "Noisy images", "Denoised images"),
            rows=[
                (f"{a:.1f} to {b:.1f}", str(n), str(m))
                for a, b, n, m in zip(edges, edges[1:], *counts, strict=False)
            ],
            numbers=frozenset((1, 2)),
            is_folded=True,
        ),
    )
