"""A pandas frame with a row for each image file: its path, its label and its split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import array_labels, folder
from bench.datasets.class_names import distinct
from bench.datasets.given.arrays import array_of
from bench.datasets.given.kinds import is_a
from bench.datasets.groups import numbers_of
from bench.datasets.listing import Listing
from bench.datasets.source import Source
from bench.errors import DatasetError, shortened, shown

_PATHS = ("path", "file", "filename", "image")
_LABELS = ("label", "class", "target", "y")
_SPLIT = "split"
_TEST = "test"


def takes(given: Any) -> bool:
    return is_a(given, "pandas", "DataFrame")


def source(
    given: Any,
    image_size: tuple[int, int] | None,
    skip_unreadable: bool,
    groups: str | np.ndarray | None = None,
) -> Source:
    """The images whose paths the frame holds.

    The columns are named ``path`` and ``label``, or as usual beside; of two columns
    with other names, the first holds the paths. If there is a column ``split``, rows
    with ``test`` in it are the test images. A column may name the groups of images.

    Raises:
        DatasetError: A column or a value is missing, or a file can't be read.
    """
    names = [str(name) for name in given.columns]
    paths = _column(given, names, _PATHS, 0)
    _check_complete(given)
    labels = array_labels.checked(
        array_of(_column(given, names, _LABELS, 1)), "the frame"
    )
    in_test = np.zeros(len(given), bool)
    if _SPLIT in names:
        in_test = np.asarray(given.iloc[:, names.index(_SPLIT)]) == _TEST
    classes, indices = np.unique(labels, return_inverse=True)
    return folder.read(
        _listing(paths, indices, in_test, classes, _groups(given, names, groups)),
        image_size=image_size,
        skip_unreadable=skip_unreadable,
    )


def _groups(
    given: Any, names: Sequence[str], groups: str | np.ndarray | None
) -> np.ndarray | None:
    """A number of the group of each row."""
    if isinstance(groups, str):
        if groups not in names:
            raise DatasetError(
                f"groups are a column of the frame; there is no {shown(groups)} but "
                f"{shortened(', '.join(names), 120)}"
            )
        groups = array_of(given.iloc[:, names.index(groups)])
    return None if groups is None else numbers_of(groups, len(given), "groups=")


def _listing(
    paths: Any,
    labels: np.ndarray,
    in_test: np.ndarray,
    classes: np.ndarray,
    groups: np.ndarray | None,
) -> Listing:
    """The files in an order of their own, the training part first."""
    files = [Path(str(path)).expanduser() for path in paths]
    order = sorted(range(len(files)), key=lambda n: (bool(in_test[n]), str(files[n])))
    if len(set(files)) < len(files):
        twice = next(file for file in files if files.count(file) > 1)
        raise DatasetError(
            "every image file counts once, or a test image might be trained on; "
            f"{shown(str(twice))} is in several rows: use frame.drop_duplicates()"
        )
    return Listing(
        files=[files[n] for n in order],
        labels=labels[order].astype(np.int64),
        in_test=in_test[order],
        class_names=distinct(map(str, classes)),
        groups=None if groups is None else groups[order],
    )


def _column(given: Any, names: Sequence[str], usual: Sequence[str], place: int) -> Any:
    number = next((names.index(name) for name in usual if name in names), None)
    if number is None and len([n for n in names if n != _SPLIT]) == 2:
        number = place
    if number is None:
        raise DatasetError(
            f"a frame of images needs the columns {_PATHS[0]!r} and {_LABELS[0]!r}; "
            f"this one has {shortened(', '.join(names), 120) or 'none'}: rename them "
            "with frame.rename(columns=...)"
        )
    return given.iloc[:, number]


def _check_complete(given: Any) -> None:
    if missing := int(given.isna().any(axis=1).sum()):
        raise DatasetError(
            f"every image needs a path and a label; {missing} of {len(given)} rows "
            "lack a value: leave them out with frame.dropna()"
        )
    if not len(given):
        raise DatasetError(
            "a data set must hold images; this frame has no row: check how it is made"
        )
