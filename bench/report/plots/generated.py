"""Images of a generator: samples, their progress, and the nearest training images."""

from __future__ import annotations

import numpy as np

from bench.records import FinalRecord
from bench.report import cells
from bench.report.plots.mosaic import Mosaic
from bench.report.results import StudyResults
from bench.store import Store

_COLUMNS = 8
_MAX_EPOCHS = 8


def samples_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Random samples of the first seed's generator; None before it was tested."""
    final = results.shown_final
    if final is None:
        return None
    samples = store.outputs(results.study.id, final.seed)["samples"]
    lines = len(samples) // _COLUMNS
    shape = lines, _COLUMNS, *samples.shape[1:]
    return Mosaic(
        name=name,
        title=f"What does the generator make?\n{_title(results, final)}: "
        "random samples",
        seen=f"{lines * _COLUMNS} images.",
        images=samples[: lines * _COLUMNS].reshape(shape),
    )


def progress_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Samples from the same latent vectors by epoch; None before the first test."""
    final = results.shown_final
    if final is None:
        return None
    progress = store.outputs(results.study.id, final.seed)["progress"]
    epochs = np.unique(
        np.linspace(0, len(progress) - 1, min(_MAX_EPOCHS, len(progress)), dtype=int)
    )
    return Mosaic(
        name=name,
        title="How did the samples change while the generator was trained?\n"
        f"{_title(results, final)}: the same latent vectors by epoch",
        seen=f"Samples of epochs {', '.join(str(n + 1) for n in epochs)}.",
        images=progress[epochs],
        labels=tuple(f"epoch {n + 1}" for n in epochs),
    )


def neighbours_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Samples above the training images with the nearest features."""
    final = results.shown_final
    if final is None:
        return None
    outputs = store.outputs(results.study.id, final.seed)
    neighbours = outputs["neighbours"]
    of_samples, of_test_images = outputs["neighbour_distances"].astype(float)
    return Mosaic(
        name=name,
        title=(
            "Does the generator copy its training images?\n"
            f"{_title(results, final)}: samples and their nearest training images, "
            f"mean feature distance {of_samples.mean():.2f} "
            f"(real test images: {of_test_images.mean():.2f})"
        ),
        images=np.stack([outputs["samples"][: len(neighbours)], neighbours]),
        labels=("sample", "nearest"),
        seen="Samples above the training images with the nearest features.",
        captions=tuple(f"{distance:.2f}" for distance in of_samples),
    )


def _title(results: StudyResults, final: FinalRecord) -> str:
    return f"{cells.study_title(results.study)}, seed {final.seed}"
