"""Arrays of images and labels, whatever library they are of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.datasets import memory
from bench.datasets.arrays import from_arrays
from bench.datasets.groups import with_labels
from bench.datasets.source import Source
from bench.errors import DatasetError, shortened, shown

_FORM = "dataset=(X, y)"


def takes(given: Any) -> bool:
    return isinstance(given, tuple | list)


def source(
    given: Any,
    image_size: tuple[int, int] | None,
    skip_unreadable: bool,
    groups: str | np.ndarray | None = None,
) -> Source:
    """The data set of (X, y), of four arrays, or of ((X, y), (X_test, y_test)).

    Raises:
        DatasetError: There are other than two or four arrays, or they are not images
            with one label each.
    """
    parts = list(_flat(given))
    if len(parts) not in (2, 4):
        raise DatasetError(
            "arrays are given as (X, y) or (X_train, y_train, X_test, y_test), not as "
            f"{len(parts)} parts: give the images and the labels of both splits"
        )
    arrays = [array_of(part) for part in parts]
    check_memory(arrays)
    made = from_arrays(arrays, _FORM)
    if isinstance(groups, str):
        raise DatasetError(
            f"arrays have no columns, and so no groups {shown(groups)}: give "
            "groups=ARRAY with a group for each image"
        )
    return made if groups is None else with_labels(made, groups, "groups=")


def array_of(value: Any) -> np.ndarray:
    """An array; texts that are kept as objects become texts of one length.

    Raises:
        DatasetError: It can't be turned into an array.
    """
    try:
        array = np.asarray(value)
    except Exception as error:  # whatever the library of the value raises
        raise DatasetError(
            f"images and labels must become NumPy arrays; {type(value).__name__} "
            f"can't ({shortened(' '.join(str(error).split()), 120)}): convert it "
            "before, as images of one size and one label each"
        ) from error
    is_text = array.dtype == object and all(
        isinstance(each, str) for each in array.flat
    )
    return array.astype(str) if is_text else array


def check_memory(arrays: list[np.ndarray]) -> None:
    """Refuse arrays whose copies, in bytes or ``float32``, don't fit in memory.

    Raises:
        DatasetError: They take more than there is.
    """
    needed = sum(2 * a.size * (1 if a.dtype.itemsize == 1 else 4) for a in arrays)
    shapes = " and ".join(str(array.shape) for array in arrays)
    memory.check(
        needed,
        f"arrays of {shapes}",
        "give fewer or smaller images, or a type of fewer bytes, such as uint8",
    )


def _flat(given: Any) -> Iterator[Any]:
    """The arrays of nested pairs; a list of images is one array."""
    is_nested = isinstance(given, tuple | list) and all(
        isinstance(part, tuple | list) and len(part) == 2 for part in given
    )
    for part in given:
        yield from part if is_nested and len(given) == 2 else (part,)
