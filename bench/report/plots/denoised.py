"""Test images before noise was added, with it, and as a denoiser gives them back."""

from __future__ import annotations

import numpy as np

from bench.report import cells
from bench.report.board import StudyResults
from bench.report.plots.mosaic import Mosaic
from bench.store import Store

_MOST_IMAGES = 8


def denoised_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """The plot of the first seed's images; None before it was tested."""
    if not results.finals:
        return None
    study, final = results.study, results.finals[0]
    outputs = store.outputs(study.id, final.seed)
    noisy, after = outputs["noisy"], outputs["denoised"]
    before = store.samples(study.task.fingerprint).test_images
    gain = f"{final.metrics['test_psnr_noisy']:.1f} to {final.metrics['test_psnr']:.1f}"
    # Of test images that lie evenly over the split, again evenly some.
    chosen = np.linspace(0, len(after) - 1, min(_MOST_IMAGES, len(after)), dtype=int)
    return Mosaic(
        name=name,
        title=f"{cells.study_title(study)}, seed {final.seed}: PSNR from {gain} dB",
        images=np.stack([before[chosen], noisy[chosen], after[chosen]]),
        labels=("before", "noisy", "after"),
        inches=1.25,
    )
