"""A grid of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.report.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Mosaic(Plot):
    """A grid of images, with labels to the left and captions below.

    Attributes:
        images: ``(lines, columns, height, width, channels)``, ``uint8``.
        labels: Labels of the lines; empty for none.
        captions: Captions of the columns; empty for none.
        inches: Length of an image's sides.
    """

    images: np.ndarray
    labels: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    inches: float = 0.85

    def draw(self) -> Figure:
        from bench.report.plots.style import figure, show

        lines, columns = self.images.shape[:2]
        drawing = figure(
            self.inches * columns + (0.9 if self.labels else 0.1),
            self.inches * lines + (1.0 if self.captions else 0.45),
            self.title,
        )
        panels = drawing.subplots(lines, columns, squeeze=False)
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
        return drawing
