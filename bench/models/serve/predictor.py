"""Predictions and explanations for single image files.

Needs Keras: call ``bench.training.backend.start`` before importing this module.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.datasets import UnseenImages, image_file, image_formats
from bench.errors import DatasetError, shown
from bench.models import reading
from bench.models.explain.images import ExplainedImages, explain_images
from bench.models.explain.maps import default_method
from bench.models.explain.methods import METHODS, SIGNED
from bench.models.loading import Ensemble
from bench.report.plots.explanations import overlay

TOP = 5
"""Number of classes that an answer names."""

MAX_PIXELS = 40_000_000
"""Maximum number of pixels of an image; decoding takes up to 24 bytes for each."""


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """Answers questions about images.

    Its methods must not be called in several threads at once, since an explanation
    changes what the layers of a model do while it is made.

    Attributes:
        name: How the study is named.
        ensemble: Classifiers.
    """

    name: str
    ensemble: Ensemble

    def warm_up(self) -> None:
        """Predict an empty image, so that the first answer is as quick as others.

        The first prediction of a model traces it.
        """
        record = self.ensemble.record
        empty = np.full((1, *record.image_shape), record.pixel_range[0], np.float32)
        self.ensemble.probabilities(empty)

    @property
    def method(self) -> str:
        """Name of the method that explains predictions."""
        return default_method(self.ensemble.models[0])

    def about(self) -> dict[str, Any]:
        """What a page says of the models."""
        record = self.ensemble.record
        height, width, channels = record.image_shape
        return {
            "name": self.name,
            "classes": record.class_names,
            "size": f"{width}×{height}",
            "colours": "grey" if channels == 1 else "colour",
            "models": len(self.ensemble.models),
            "method": self.method,
            "looks_at": METHODS[self.method],
            "is_signed": self.method in SIGNED,
        }

    def predict(self, content: bytes) -> dict[str, Any]:
        """The most probable classes of an image file.

        Raises:
            DatasetError: It is no image, a broken one or one that is too large.
        """
        with self._read(content) as unseen:
            [probabilities] = self.ensemble.probabilities(unseen.images)
        names = self.ensemble.record.class_names
        top = [
            {"label": names[n], "probability": round(float(probabilities[n]), 6)}
            for n in np.argsort(-probabilities, kind="stable")[:TOP]
        ]
        return {
            "prediction": top[0]["label"],
            "probability": top[0]["probability"],
            "top": top,
            "seeds": list(self.ensemble.seeds),
            "notes": list(unseen.notes),
        }

    def explain(self, content: bytes) -> bytes:
        """A PNG file of an image under the map of what speaks for its prediction.

        Raises:
            DatasetError: As for ``predict``.
        """
        with self._read(content) as unseen:
            found = explain_images(self.name, self.ensemble, unseen)
        return _png(found)

    @contextmanager
    def _read(self, content: bytes) -> Iterator[UnseenImages]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "image"
            path.write_bytes(content)
            try:
                _check_pixels(path)
                yield reading.read([path], self.ensemble.record)
            except DatasetError as error:
                # The sender knows nothing of the file here.
                message = str(error).replace(shown(str(path)), "the one that was sent")
                raise DatasetError(message) from error


def _check_pixels(path: Path) -> None:
    [header] = image_file.headers([path])
    if isinstance(header, image_file.Fault):
        raise DatasetError(
            f"an image must be a whole {image_formats.FORMATS} file; the one that "
            f"was sent is not ({header.reason}): send another"
        )
    height, width = header.size
    if height * width > MAX_PIXELS:
        raise DatasetError(
            f"an image must have at most {MAX_PIXELS:,} pixels; the one that was sent "
            f"has {width:,} x {height:,}: send a smaller one"
        )


def _png(found: ExplainedImages) -> bytes:
    [example] = found.mosaic().examples
    is_signed = found.maps.method in SIGNED
    mixed = overlay(example.image, example.heat, is_signed=is_signed)
    buffer = io.BytesIO()
    Image.fromarray(np.rint(255 * mixed).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
