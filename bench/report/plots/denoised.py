"""Test images before noise was added, with it, and as a denoiser gives them back."""

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

_MOST_IMAGES = 8
_LINES = ("before", "noisy", "after")


@dataclass(frozen=True, kw_only=True)
class DenoisedPlot(Plot):
    """Three lines of images, ``uint8``, each ``(n, height, width, channels)``."""

    title: str
    before: np.ndarray
    noisy: np.ndarray
    after: np.ndarray

    def draw(self) -> Figure:
        from bench.report.plots.style import figure, show

        columns = len(self.before)
        made = figure(1.25 * columns + 0.6, 4.4, self.title)
        panels = made.subplots(len(_LINES), columns, squeeze=False)
        for panel in panels.ravel():
            panel.set_xticks([])
            panel.set_yticks([])
        for line, name in zip(panels, _LINES, strict=True):
            for panel, image in zip(line, getattr(self, name), strict=True):
                show(panel, image, "")
            line[0].set_ylabel(name)
        return made


def denoised_plot(
    name: str, store: Store, results: StudyResults
) -> DenoisedPlot | None:
    """The plot of the first seed's images; None before it was tested."""
    if not results.finals:
        return None
    study, final = results.study, results.finals[0]
    outputs = store.outputs(study.id, final.seed)
    noisy, after = outputs["noisy"], outputs["denoised"]
    where = cells.shortened(cells.dataset_name(study.task.dataset), 30)
    family = cells.shortened(cells.family_name(study.spec.family), 40)
    gain = f"{final.metrics['test_psnr_noisy']:.1f} to {final.metrics['test_psnr']:.1f}"
    # Of test images that lie evenly over the split, again evenly some.
    chosen = np.linspace(0, len(after) - 1, min(_MOST_IMAGES, len(after)), dtype=int)
    return DenoisedPlot(
        name=name,
        title=f"{family} on {where}, seed {final.seed}: PSNR from {gain} dB",
        before=store.samples(study.task.fingerprint).test_images[chosen],
        noisy=noisy[chosen],
        after=after[chosen],
    )
