"""A Hugging Face ``datasets.Dataset`` with a column of images and one of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import array_labels, folder, memory
from bench.datasets.class_names import distinct
from bench.datasets.given.arrays import array_of
from bench.datasets.given.kinds import is_a, is_pair_of
from bench.datasets.groups import numbers_of
from bench.datasets.image_opening import Encoded, ImageFile
from bench.datasets.listing import Listing
from bench.datasets.source import Source
from bench.errors import DatasetError, shortened, shown
from bench.records import TEST, TRAIN, VALIDATION

_PARTS = (TRAIN, VALIDATION, TEST)

_BATCH = 256
"""Number of rows that are read at a time."""


def takes(given: Any) -> bool:
    return _is_dataset(given) or _is_dictionary(given) or is_pair_of(given, _is_dataset)


def source(
    given: Any,
    image_size: tuple[int, int] | None,
    skip_unreadable: bool,
    groups: str | np.ndarray | None = None,
) -> Source:
    """The images of a data set, of two, or of the splits of a ``DatasetDict``.

    Images are read from their files, as a folder is.

    Raises:
        DatasetError: As for ``listed``, or a file can't be read.
    """
    return folder.read(
        listed(given, groups), image_size=image_size, skip_unreadable=skip_unreadable
    )


def listed(given: Any, groups: str | np.ndarray | None = None) -> Listing:
    """The encoded files of a data set, see ``source``; none is decoded.

    Raises:
        DatasetError: It is streamed, or lacks a column.
    """
    splits = _parts(given)
    parts = list(splits.values())
    image, label = _columns(parts[0])
    labels = [array_labels.checked(array_of(part[label]), label) for part in parts]
    names = getattr(parts[0].features[label], "names", None)
    classes, indices = np.unique(np.concatenate(labels), return_inverse=True)
    if names is not None:
        classes = np.array([names[index] for index in classes])
    counts = [len(part) for part in parts]
    part_of = np.repeat(list(splits), counts)
    if isinstance(groups, str):
        groups = np.concatenate([_column(part, groups) for part in parts])
    return Listing(
        files=[file for part in parts for file in _files(part, image)],
        labels=indices.astype(np.int64),
        in_test=part_of == TEST,
        in_validation=part_of == VALIDATION if VALIDATION in splits else None,
        class_names=distinct(map(str, classes)),
        groups=None if groups is None else numbers_of(groups, sum(counts), "groups="),
    )


def _is_dataset(given: Any) -> bool:
    return is_a(given, "datasets", "Dataset") or is_a(
        given, "datasets", "IterableDataset"
    )


def _is_dictionary(given: Any) -> bool:
    return is_a(given, "datasets", "DatasetDict")


def _parts(given: Any) -> dict[str, Any]:
    """The training part, and the validation and test parts if there are some."""
    if isinstance(given, Mapping):
        if "train" not in given:
            raise DatasetError(
                "a DatasetDict needs the split 'train', and may have 'validation' and "
                f"'test'; this one has {', '.join(map(str, given)) or 'none'}: give "
                "one of its splits"
            )
        parts = {part: given[part] for part in _PARTS if part in given}
    else:
        listed = list(given) if isinstance(given, tuple | list) else [given]
        parts = dict(zip((TRAIN, TEST), listed, strict=False))
    for part in parts.values():
        if is_a(part, "datasets", "IterableDataset"):
            raise DatasetError(
                "a data set must be whole, since it is split; this one is streamed: "
                "load it with streaming=False"
            )
    return parts


def _columns(part: Any) -> tuple[str, str]:
    """Names of the columns of images and of labels."""
    kinds = {name: type(kind).__name__ for name, kind in part.features.items()}
    images = [name for name, kind in kinds.items() if kind == "Image"]
    labels = [name for name, kind in kinds.items() if kind == "ClassLabel"]
    labels = labels or [name for name in ("label", "labels", "target") if name in kinds]
    if len(images) != 1 or len(labels) != 1:
        listing = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        raise DatasetError(
            "a Hugging Face data set needs one column of Image and one of ClassLabel; "
            f"this one has {shortened(listing, 200)}: choose two with select_columns"
        )
    return images[0], labels[0]


def _column(part: Any, name: str) -> np.ndarray:
    if name not in part.features:
        raise DatasetError(
            f"groups are a column of the data set; there is no {shown(name)} but "
            f"{shortened(', '.join(part.features), 120)}"
        )
    return array_of(part[name])


def _files(part: Any, column: str) -> Iterator[ImageFile]:
    """The encoded files of a column, none of which is decoded here."""
    number = 0
    for batch in part.with_format("arrow").iter(batch_size=_BATCH):
        for held in batch.column(column).to_pylist():
            yield _file(held, f"image {number}")
            number += 1
        memory.check(
            batch.nbytes, f"{number:,} encoded images", "give a part of the data set"
        )


def _file(held: Mapping[str, Any], name: str) -> ImageFile:
    content, path = held["bytes"], held["path"]
    if content is None:
        return Path(path)
    return Encoded(content=content, name=name if path is None else f"{name} ({path})")
