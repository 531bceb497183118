"""Reads images for the models of a study, as its training images were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.datasets import UnseenImages, Wanted, fitted, read_unseen
from bench.records import ModelRecord

Images = Sequence[Path] | np.ndarray
"""Files, folders and files of arrays; or an array of images."""


def read(images: Images, record: ModelRecord) -> UnseenImages:
    """Read images, and their labels where there are some.

    See ``read_unseen``, and ``fitted`` for arrays.
    """
    if isinstance(images, np.ndarray):
        return fitted(images, wanted(record), what="images")
    return read_unseen(images, wanted(record))


def wanted(record: ModelRecord) -> Wanted:
    """What the models of a study take."""
    return Wanted(
        shape=record.image_shape,
        pixel_range=record.pixel_range,
        class_names=record.class_names,
    )
