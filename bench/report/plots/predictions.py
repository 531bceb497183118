"""Test images with the classes that the best configuration predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.report import cells
from bench.report.plots.plot import Plot
from bench.report.results import StudyResults
from bench.store import Store
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_IMAGES = 12
_LABEL_LENGTH = 22


@dataclass(frozen=True, kw_only=True)
class PredictionsPlot(Plot):
    """Images below their predicted label, which is blue if right and red if wrong."""

    images: np.ndarray
    true: tuple[str, ...]
    predicted: tuple[str, ...]
    is_right: tuple[bool, ...]
    probabilities: tuple[float, ...]

    def draw(self) -> Figure:
        from bench.report.plots.style import BLUE, RED, gallery, show

        lines = 1 if all(self.is_right) else 2
        drawing, panels = gallery(len(self.images), self.title, lines)
        for n, panel in enumerate(panels):
            color = BLUE if self.is_right[n] else RED
            show(panel, self.images[n], self._caption(n), color)
        return drawing

    def _caption(self, n: int) -> str:
        caption = f"{self.predicted[n]} ({self.probabilities[n]:.0%})"
        return caption if self.is_right[n] else f"{caption}\ntrue: {self.true[n]}"


def predictions_plot(
    name: str, store: Store, results: StudyResults
) -> PredictionsPlot | None:
    """Predictions of the first seed's model; None before it was tested."""
    if results.shown_final is None:
        return None
    study, seed = results.study, results.shown_final.seed
    samples = store.samples(study.task.fingerprint)
    chosen = slice(min(_MAX_IMAGES, len(samples.test_labels)))
    true = samples.test_labels[chosen]
    if len(true) == 0:
        return None
    scores = store.outputs(study.id, seed)["probabilities"]
    scores = scores[samples.test_indices[chosen]]
    predicted = scores.argmax(axis=1)
    names = [shortened(n, _LABEL_LENGTH) for n in study.task.class_names]
    true_names, predicted_names = (
        tuple(names[n] for n in classes) for classes in (true, predicted)
    )
    is_right = tuple((predicted == true).tolist())
    return PredictionsPlot(
        name=name,
        title=(
            "What does the best configuration predict?\n"
            f"{cells.study_title(study)}, seed {seed}: "
            f"{sum(is_right)} of these {len(true)} correct"
        ),
        images=samples.test_images[chosen],
        true=true_names,
        predicted=predicted_names,
        is_right=is_right,
        seen=f"{', '.join(map(_seen, true_names, predicted_names))}.",
        probabilities=tuple(scores.max(axis=1).astype(float).tolist()),
    )


def _seen(true: str, predicted: str) -> str:
    return true if true == predicted else f"{true} taken for {predicted}"
