"""Data sets that are given as objects of Python instead of by a name.

``source`` turns them into what files give: with the same checks, and an identity that
is the content of the images and labels. A library is asked for nothing unless the
object comes from it, so none is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.datasets.given import arrays, batches, frame, huggingface
from bench.datasets.given.arrays import array_of
from bench.datasets.source import Source
from bench.errors import DatasetError

__all__ = ["array_of", "source"]

Takes = Callable[[Any], bool]
Groups = str | np.ndarray | None
Read = Callable[[Any, tuple[int, int] | None, bool, Groups], Source]

_ADAPTERS: tuple[tuple[Takes, Read], ...] = (
    (huggingface.takes, huggingface.source),
    (frame.takes, frame.source),
    (batches.takes, batches.source),
    (arrays.takes, arrays.source),
)
"""Asked in this order, since nearly everything can be made an array."""

ACCEPTED = (
    "a name, a path, arrays (X, y) or (X_train, y_train, X_test, y_test), a "
    "tf.data.Dataset, a Keras PyDataset, a pandas frame with the columns path and "
    "label, or a Hugging Face Dataset; two of these are training and test images"
)


def source(
    given: Any,
    *,
    image_size: tuple[int, int] | None = None,
    skip_unreadable: bool = False,
    groups: Groups = None,
) -> Source:
    """Read a data set that was given as an object.

    Args:
        given: See ``ACCEPTED``.
        image_size: Height and width to which image files are cropped and scaled; None
            for the size that they share.
        skip_unreadable: Whether unreadable image files are left out or refused.
        groups: Name of a column, or labels of the images' groups; None for none.

    Raises:
        DatasetError: It is none of these, is infinite or does not fit in memory, or
            its images and labels can't be used as they are.
    """
    for takes, read in _ADAPTERS:
        if takes(given):
            return read(given, image_size, skip_unreadable, groups)
    raise DatasetError(
        f"a data set is {ACCEPTED}; not {type(given).__module__}."
        f"{type(given).__qualname__}: turn it into arrays, dataset=(X, y)"
    )
