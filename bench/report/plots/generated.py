"""What a generator makes: samples, how they came to be, and what they were near to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.report import cells
from bench.report.board import StudyResults
from bench.report.plots.plot import Plot
from bench.store import Store

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 8
_MOST_EPOCHS = 8


@dataclass(frozen=True, kw_only=True)
class Mosaic(Plot):
    """Lines of images, each under its caption or behind its label.

    Attributes:
        images: ``(lines, columns, height, width, channels)``, ``uint8``.
        labels: Of the lines; empty for none.
        captions: Of the columns, below the last line; empty for none.
    """

    title: str
    images: np.ndarray
    labels: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()

    def draw(self) -> Figure:
        from bench.report.plots.style import figure, show

        lines, columns = self.images.shape[:2]
        inches = 0.85
        made = figure(
            inches * columns + (0.9 if self.labels else 0.1),
            inches * lines + (1.0 if self.captions else 0.45),
            self.title,
        )
        panels = made.subplots(lines, columns, squeeze=False)
        for panel in panels.ravel():
            panel.set_xticks([])
            panel.set_yticks([])
        for line, images in zip(panels, self.images, strict=True):
            for panel, image in zip(line, images, strict=True):
                show(panel, image, "")
        for line, label in zip(panels, self.labels, strict=False):
            line[0].set_ylabel(label, rotation=0, ha="right", va="center")
        for panel, caption in zip(panels[-1], self.captions, strict=False):
            panel.set_xlabel(caption, fontsize=8)
        return made


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
    study = results.study
    where = cells.shortened(cells.dataset_name(study.task.dataset), 30)
    family = cells.shortened(cells.family_name(study.spec.family), 40)
    return f"{family} on {where}, seed {results.finals[0].seed}"
