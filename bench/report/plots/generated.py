"""What a generator makes: samples, how they came to be, and what they were near to."""

from __future__ import annotations

import numpy as np

from bench.report import cells
from bench.report.board import StudyResults
from bench.report.plots.mosaic import Mosaic
from bench.store import Store

_COLUMNS = 8
_MOST_EPOCHS = 8


def samples_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Images of the first seed's generator, none picked; None before it was tested."""
    if not results.finals:
        return None
    images = store.outputs(results.study.id, results.finals[0].seed)["samples"]
    lines = len(images) // _COLUMNS
    return Mosaic(
        name=name,
        title=f"{_who(results)}: made, none picked",
        images=_lines(images[: lines * _COLUMNS], lines),
    )


def progress_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """The same draws of the first seed, epoch by epoch; None before it was tested."""
    if not results.finals:
        return None
    final = results.finals[0]
    progress = store.outputs(results.study.id, final.seed)["progress"]
    shown = np.unique(
        np.linspace(0, len(progress) - 1, min(_MOST_EPOCHS, len(progress)), dtype=int)
    )
    return Mosaic(
        name=name,
        title=f"{_who(results)}: the same draws, epoch by epoch",
        images=progress[shown],
        labels=tuple(f"epoch {n + 1}" for n in shown),
    )


def neighbours_plot(name: str, store: Store, results: StudyResults) -> Mosaic | None:
    """Made images above the training images nearest to them in features."""
    if not results.finals:
        return None
    outputs = store.outputs(results.study.id, results.finals[0].seed)
    near = outputs["neighbours"]
    own, usual = outputs["neighbour_distances"].astype(float)
    return Mosaic(
        name=name,
        title=(
            f"{_who(results)}: the nearest training images,\n"
            f"at {own.mean():.2f} on average; of test images at {usual.mean():.2f}"
        ),
        images=np.stack([outputs["samples"][: len(near)], near]),
        labels=("made", "nearest"),
        captions=tuple(f"{distance:.2f}" for distance in own),
    )


def _lines(images: np.ndarray, lines: int) -> np.ndarray:
    return images.reshape(lines, -1, *images.shape[1:])


def _who(results: StudyResults) -> str:
    return f"{cells.study_title(results.study)}, seed {results.finals[0].seed}"
