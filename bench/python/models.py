"""What the models of a study say, as a user of Python asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.datasets.given import array_of
from bench.models.selection import Selected
from bench.python.borrowed import settings_kept
from bench.text import complain
from bench.training import backend


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
