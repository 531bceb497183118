"""A histogram of the PSNR of all test images, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from bench.report.page import charts
from bench.report.page.blocks import Figure, Table
from bench.report.page.study.subject import Subject

_BINS = 24


def psnr_figure(subject: Subject) -> Iterator[Figure]:
    """The figure; none for studies that were tested before images were measured."""
    found = [subject.outputs.get(n) for n in ("image_psnr_noisy", "image_psnr")]
    before, after = found
    if before is None or after is None:
        return
    before, after = before.astype(float), after.astype(float)
    both = np.concatenate([before, after])
    edges = np.linspace(both.min(), both.max() + 1e-9, _BINS + 1)
    counts = [np.histogram(values, edges)[0] for values in (before, after)]
    better = float((after > before).mean())
    medians = (
        f"The median is {np.median(before):.1f} dB before and "
        f"{np.median(after):.1f} dB after"
    )
    yield Figure(
        question="How good is every test image?",
        caption=(
            f"PSNR of all {len(after):,} test images, noisy (grey) and denoised "
            f"(blue): {better:.1%} are better after than before. "
            f"{medians}; the lowest after is {after.min():.1f} dB."
        ),
        drawing=_drawing(edges, counts, medians),
        numbers=_table(edges, counts),
    )


def _drawing(edges: np.ndarray, counts: list[np.ndarray], medians: str) -> Markup:
    x = charts.linear(edges.tolist())
    y = charts.linear([0.0, float(max(map(max, counts)))], from_zero=True)
    area = charts.Area(x=x, y=y)
    styles = (("noisy", "column quiet"), ("denoised", "column glass"))
    drawn = [
        charts.columns(
            area,
            [
                (low, high, float(n), f"{name}: {n} images, {low:.1f} to {high:.1f} dB")
                for (low, high), n in zip(pairwise(edges), of_bins, strict=True)
                if n
            ],
            style,
        )
        for (name, style), of_bins in zip(styles, counts, strict=True)
    ]
    return charts.frame(
        charts.Described(title="Histogram of the PSNR", text=f"{medians}."),
        charts.Axis(label="PSNR (dB)", scale=x),
        charts.Axis(label="Images", scale=y),
        *drawn,
    )


def _table(edges: np.ndarray, counts: list[np.ndarray]) -> Table:
    return Table(
        caption="Numbers",
        columns=("PSNR (dB)", "Noisy images", "Denoised images"),
        rows=[
            (f"{low:.1f} to {high:.1f}", str(n), str(m))
            for (low, high), n, m in zip(pairwise(edges), *counts, strict=True)
        ],
        numbers=frozenset((1, 2)),
        is_folded=True,
    )
