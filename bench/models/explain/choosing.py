"""Chooses the images that are worth an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.datasets import UnseenImages
from bench.models import mistake_files
from bench.models.mistakes import Mistakes, mistakes
from bench.models.reading import read
from bench.models.selection import Selected
from bench.records import ModelRecord
from bench.store import EXPLANATIONS, Store

MISTAKES = 2 / 3
"""Share of the mistakes among test images that are explained, if there are as many."""


def folder(results: Path, selected: Selected) -> Path:
    """Folder of the pictures of a study in its results folder."""
    return results / EXPLANATIONS / mistake_files.folder(results, selected).name


def given(places: Sequence[Path], record: ModelRecord, count: int) -> UnseenImages:
    """A user's images, the first ones of many.

    Raises:
        DatasetError: An image can't be read.
    """
    return first(read(places, record), count)


def of_test(
    results: Path, selected: Selected, data: Path | None, count: int
) -> UnseenImages:
    """Test images of a study; see ``telling``.

    Args:
        results: Folder of the store.
        selected: A study of classifiers, and which of its configurations.
        data: Folder of data sets known by name, as for a search.
        count: Number of images.

    Raises:
        BenchError: As for ``mistakes``.
    """
    with Store(results, read_only=True) as store:
        return telling(mistakes(store, selected, data), count)


def first(unseen: UnseenImages, count: int) -> UnseenImages:
    """The first images, and a note if there are more."""
    total = len(unseen.names)
    if total <= count:
        return unseen
    note = f"the first {count:,} of {total:,} images are explained; --count takes more"
    return replace(
        unseen,
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
