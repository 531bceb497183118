"""Test images: the originals, with noise, and denoised."""

from __future__ import annotations

import numpy as np

from bench.report import cells
from bench.report.plots.mosaic import Mosaic
from bench.report.results import StudyResults
from bench.store import Store

_MAX_IMAGES = 8


def denoised_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Images that the first seed's model denoised; None before it was tested."""
    study, final = results.study, results.shown_final
    if final is None:
        return None
    outputs = store.outputs(study.id, final.seed)
    noisy, denoised = outputs["noisy"], outputs["denoised"]
    originals = store.samples(study.task.fingerprint).test_images
    before, after = final.metrics["test_psnr_noisy"], final.metrics["test_psnr"]
    count = min(_MAX_IMAGES, len(denoised))
    chosen = np.linspace(0, len(denoised) - 1, count, dtype=int)
    return Mosaic(
        name=name,
        title=(
            "How much noise does the best model remove?\n"
            f"{cells.study_title(study)}, seed {final.seed}: "
            f"test PSNR {before:.1f} dB noisy, {after:.1f} dB denoised"
        ),
        seen=f"{count} test images as they are, with noise, and denoised.",
        images=np.stack([originals[chosen], noisy[chosen], denoised[chosen]]),
        labels=("original", "noisy", "denoised"),
        inches=1.25,
    )
