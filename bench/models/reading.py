"""Reads images for the models of a study, as its training images were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.datasets import UnseenImages, Wanted, read_unseen
from bench.records import ModelRecord


def read(places: Sequence[Path], record: ModelRecord) -> UnseenImages:
    """Read images, and their labels where there are some; see ``read_unseen``."""
    return read_unseen(places, wanted(record))


def wanted(record: ModelRecord) -> Wanted:
    """What the models of a study take."""
    return Wanted(
        shape=record.image_shape,
        pixel_range=record.pixel_range,
        class_names=record.class_names,
    )
