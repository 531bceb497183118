"""What the models of a study say, as a user of Python asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.datasets.given import array_of
from bench.models.selection import Selected
from bench.python.borrowed import settings_kept
from bench.text import complain
from bench.training import backend

if TYPE_CHECKING:
    from bench.models.explain.images import ExplainedImages


def model(results: Path, selected: Selected, seed: int | None) -> Any:
    """The model of a seed; None for the first, since the best is known by its test."""
    _start(selected)
    from bench.models.loading import load

    return load(results, selected, seed).models[0]


def predict(
    results: Path, selected: Selected, images: Any, *, seed: int | None, top: int
) -> pd.DataFrame:
    """A row for each image; see ``Study.predict``."""
    _start(selected)
    from bench.models.predicting import predict

    predictions = predict(results, selected, as_images(images), seed)
    _say(predictions.unseen.notes)
    return pd.DataFrame(predictions.rows(top)).set_index("image")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Predictions for images, and the maps of the pixels that speak for them.

    Attributes:
        table: A row for each image: label if known, prediction and probability.
        maps: ``(n, height, width)``; positive where a pixel speaks for the
            prediction, negative where it speaks against it.
        method: How the maps were made.
        explained: Draws the pictures.
    """

    table: pd.DataFrame
    maps: np.ndarray
    method: str
    explained: ExplainedImages

    def save(self, folder: str | Path) -> list[Path]:
        """Write the pictures of the images, and of all of them, as PNG files."""
        written: list[Path] = self.explained.write(Path(folder))
        return written

    def _repr_png_(self) -> bytes:
        """The images with their maps, for a notebook."""
        from bench.report.plots.style import png

        return png(self.explained.mosaic(), "")


def explain(
    results: Path,
    selected: Selected,
    images: Any,
    *,
    seed: int | None,
    **how: str | None,
) -> Explanation:
    """Predictions and what speaks for them; see ``Study.explain``."""
    _start(selected)
    from bench.models import reading
    from bench.models.explain.images import explain_images
    from bench.models.loading import classifiers

    models = classifiers(results, selected, seed)
    unseen = reading.read(as_images(images), models.record)
    _say(unseen.notes)
    explained = explain_images(selected.name, models, unseen, **how)
    return Explanation(
        table=pd.DataFrame(explained.rows()).set_index("image"),
        maps=explained.maps.values,
        method=explained.maps.method,
        explained=explained,
    )


def as_images(images: Any) -> list[Path] | np.ndarray:
    """Paths as a list, anything else as an array of images.

    A single path is a list of one.
    """
    if isinstance(images, str | Path):
        return [Path(images)]
    if isinstance(images, Iterable) and not hasattr(images, "__array__"):
        listed = list(images)
        if listed and all(isinstance(each, str | Path) for each in listed):
            return [Path(each) for each in listed]
        images = listed
    return array_of(images)


def _start(selected: Selected) -> None:
    """Import Keras on the study's backend, unless it runs on another already."""
    if "keras" not in sys.modules:
        with settings_kept():
            backend.load(selected.study.spec.backend)


def _say(notes: Iterable[str]) -> None:
    for note in notes:
        complain(note)
