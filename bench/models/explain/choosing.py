"""Chooses the images that are worth an explanation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.datasets import UnseenImages
from bench.models import mistake_files
from bench.models.explain.images import ExplainedImages, explain_images
from bench.models.loading import classifiers
from bench.models.mistakes import Mistakes, mistakes
from bench.models.reading import read
from bench.models.selection import Selected
from bench.records import ImageSource
from bench.store import Store

FOLDER = "explanations"
"""Folder beside the store; each study has a folder in it."""

MISTAKES = 2 / 3
"""Share of the mistakes among test images that are explained, if there are as many."""


def folder(results: Path, selected: Selected) -> Path:
    """Folder of the pictures of a study in its results folder."""
    return results / FOLDER / mistake_files.folder(results, selected).name


def explain_given(
    results: Path,
    selected: Selected,
    places: list[Path],
    *,
    count: int,
    seed: int | None = None,
    method: str | None = None,
    layer: str | None = None,
) -> ExplainedImages:
    """Explain predictions for a user's images, the first ones of many.

    Raises:
        BenchError: The study keeps no classifiers, an image can't be read, or the
            method or layer doesn't fit.
    """
    ensemble = classifiers(results, selected, seed)
    unseen = first(read(places, ensemble.record), count)
    return explain_images(selected.name, ensemble, unseen, method=method, layer=layer)


def explain_test(
    results: Path,
    selected: Selected,
    source: ImageSource,
    *,
    count: int,
    seed: int | None = None,
    method: str | None = None,
    layer: str | None = None,
) -> ExplainedImages:
    """Explain predictions for test images, the most confident mistakes first.

    Args:
        results: Folder of the store.
        selected: A study of classifiers, and which of its configurations.
        source: Says where the test images come from.
        count: Number of images.
        seed: Seed of the only model to ask; None for the mean of all.
        method: A key of ``METHODS``; None for ``default_method``.
        layer: Name of the layer whose maps are weighted; None for the last.

    Raises:
        BenchError: As for ``explain_given`` and ``mistakes``.
    """
    ensemble = classifiers(results, selected, seed)
    with Store(results, read_only=True) as store:
        unseen = telling(mistakes(store, selected, source), count)
    return explain_images(selected.name, ensemble, unseen, method=method, layer=layer)


def first(unseen: UnseenImages, count: int) -> UnseenImages:
    """The first images, and a note if there are more."""
    total = len(unseen.names)
    if total <= count:
        return unseen
    note = f"the first {count:,} of {total:,} images are explained; --count takes more"
    return UnseenImages(
        images=unseen.images[:count],
        labels=unseen.labels[:count],
        names=unseen.names[:count],
        notes=(*unseen.notes, note),
    )


def telling(found: Mistakes, count: int) -> UnseenImages:
    """Test images: the most confident mistakes first, then right predictions.

    The right ones are spread evenly over the test images, so that they are no better
    than others.
    """
    is_right = np.ones(len(found.test), bool)
    is_right[found.wrong] = False
    right = np.flatnonzero(is_right)
    room = max(round(MISTAKES * count), count - len(right))
    wrong = found.wrong[:room]
    steps = np.linspace(0, len(right) - 1, min(count - len(wrong), len(right)))
    chosen = np.concatenate([wrong, right[steps.astype(int)]])
    return UnseenImages(
        images=found.test.images[chosen],
        labels=found.test.labels[chosen],
        names=tuple(found.name(index) for index in chosen),
    )
