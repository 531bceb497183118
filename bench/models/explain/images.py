"""Explanations of a study's predictions, as tables and as pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import UNKNOWN, UnseenImages, pixels
from bench.models.explain.maps import Maps, explain
from bench.models.explain.methods import SIGNED
from bench.models.loading import Ensemble
from bench.report import file_part
from bench.report.plots import save
from bench.report.plots.explanations import Explained, Explanations
from bench.text import shortened

MOSAIC = 24
"""Maximum number of images in a mosaic."""

MAX_GAP = 0.05
"""Largest error of integrated gradients of which nothing is said."""

_SINGLE_INCHES = 3.6


@dataclass(frozen=True, kw_only=True)
class ExplainedImages:
    """Predictions for images, and the maps that explain them.

    Attributes:
        name: How the study is named.
        unseen: The images, their names and what is known of their labels.
        probabilities: ``(n, classes)``, the mean over the models.
        maps: What speaks for the most probable class of each image.
        ensemble: The models that were asked.
    """

    name: str
    unseen: UnseenImages
    probabilities: np.ndarray
    maps: Maps
    ensemble: Ensemble

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for the user: what was converted, and what is inexact."""
        if self.maps.gap <= MAX_GAP:
            return self.unseen.notes
        return (
            *self.unseen.notes,
            "integrated gradients are to add up to the change of the probability; "
            f"these are up to {self.maps.gap:.2f} away from it: choose another method",
        )

    def rows(self) -> list[dict[str, Any]]:
        """A row for each image: name, label if known, prediction and probability."""
        names = self.ensemble.record.class_names
        return [
            {
                "image": self.unseen.names[n],
                "label": None if label == UNKNOWN else names[label],
                "prediction": names[self.maps.classes[n]],
                "probability": round(float(self.probabilities[n].max()), 4),
            }
            for n, label in enumerate(self.unseen.labels)
        ]

    def mosaic(self) -> Explanations:
        """A picture of the first images."""
        models = f"mean of {len(self.ensemble.seeds)} seeds"
        if len(self.ensemble.seeds) == 1:
            models = f"seed {self.ensemble.seeds[0]}"
        return Explanations(
            name=f"mosaic-{self.maps.method}.png",
            title=f"What speaks for the prediction?\n{self.name}, {models}",
            method=self._method,
            is_signed=self.maps.method in SIGNED,
            examples=tuple(map(self._example, range(len(self.maps.values))[:MOSAIC])),
        )

    def picture(self, n: int) -> Explanations:
        """A large picture of one image."""
        stem = _stem(self.unseen.names[n])
        # Numbered where images have one name, such as those of two folders.
        before = [_stem(name) for name in self.unseen.names[:n]].count(stem)
        number = f"-{before + 1}" if before else ""
        return replace(
            self.mosaic(),
            name=f"{stem}{number}-{self.maps.method}.png",
            title=self.name,
            examples=(self._example(n),),
            inches=_SINGLE_INCHES,
        )

    def write(self, to: Path) -> list[Path]:
        """Write the mosaic and a picture of each image as PNG files.

        Raises:
            WriteError: A file can't be written.
        """
        pictures = [self.picture(n) for n in range(len(self.maps.values))]
        return [save(p, to, option="--to") for p in (self.mosaic(), *pictures)]

    @property
    def _method(self) -> str:
        layer = f" of layer {shortened(self.maps.layer, 40)}" if self.maps.layer else ""
        return f"{self.maps.method}{layer}"

    def _example(self, n: int) -> Explained:
        row = self.rows()[n]
        image = self.unseen.images[n]
        return Explained(
            image=pixels.to_uint8(image, self.ensemble.record.pixel_range),
            heat=self.maps.values[n],
            predicted=row["prediction"],
            probability=float(self.probabilities[n].max()),
            true=row["label"],
            name=_short(row["image"]),
        )


def _short(name: str) -> str:
    """The name of an image file with its folder, which may be its class."""
    return "/".join(Path(name).parts[-2:])


def _stem(name: str) -> str:
    return file_part(str(Path(_short(name)).with_suffix("")))


def explain_images(
    name: str,
    ensemble: Ensemble,
    unseen: UnseenImages,
    *,
    method: str | None = None,
    layer: str | None = None,
) -> ExplainedImages:
    """Explain the most probable classes of images.

    Args:
        name: How the study is named.
        ensemble: Classifiers.
        unseen: The images.
        method: A key of ``METHODS``; None for ``default_method``.
        layer: Name of the layer whose maps are weighted; None for the last.

    Raises:
        UsageError: The method or the layer is unknown, or doesn't fit the models.
    """
    probabilities = ensemble.probabilities(unseen.images)
    maps = explain(
        ensemble.models,
        unseen.images,
        probabilities.argmax(axis=1),
        method=method,
        layer=layer,
        baseline=ensemble.record.pixel_range[0],
    )
    return ExplainedImages(
        name=name,
        unseen=unseen,
        probabilities=probabilities,
        maps=maps,
        ensemble=ensemble,
    )
