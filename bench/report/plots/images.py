"""Eight training images of a data set with their labels."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.report.board import Board
from bench.report.plots.plot import Plot
from bench.store import Store
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_IMAGES = 8
_LABEL_LENGTH, _LINE_LENGTH = 50, 28


@dataclass(frozen=True, kw_only=True)
class ImagesPlot(Plot):
    """Training images in two lines of four, each below its label."""

    images: np.ndarray
    labels: tuple[str, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import gallery, show

        captions = [textwrap.fill(label, _LINE_LENGTH) for label in self.labels]
        lines = 1 + max(caption.count("\n") for caption in captions)
        drawing, panels = gallery(len(self.images), self.title, lines)
        for panel, image, caption in zip(panels, self.images, captions, strict=True):
            show(panel, image, caption)
        return drawing


def images_plot(name: str, store: Store, board: Board) -> ImagesPlot | None:
    """Images of a board's data set; None if the store holds no image of it."""
    samples = store.samples(board.task.fingerprint)
    chosen = _varied(samples.train_labels)
    if len(chosen) == 0:
        return None
    names = board.task.class_names
    shape = "×".join(map(str, board.task.image_shape))
    dataset = shortened(board.task.title, 40)
    labels = tuple(
        shortened(names[n], _LABEL_LENGTH) for n in samples.train_labels[chosen]
    )
    return ImagesPlot(
        name=name,
        title="What do the images look like?\n"
        f"{dataset}: training images, {len(names):,} classes, {shape}",
        images=samples.train_images[chosen],
        labels=labels,
        seen=f"Images of {', '.join(labels)}.",
    )


def _varied(labels: np.ndarray) -> np.ndarray:
    """Indices of images with as many different labels as possible, sorted by label."""
    counts: dict[int, int] = {}
    turns = []
    for label in labels.tolist():
        turns.append(counts.get(label, 0))
        counts[label] = turns[-1] + 1
    chosen = np.argsort(turns, kind="stable")[:_MAX_IMAGES]
    return chosen[np.argsort(labels[chosen], kind="stable")]
