"""Data sets in a CSV file: a path and a label for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.datasets.class_names import distinct
from bench.datasets.groups import numbers_of
from bench.datasets.listing import Listing
from bench.datasets.table_file import rows_of
from bench.errors import DatasetError, shown
from bench.records import TEST, TRAIN, VALIDATION

_PARTS = {
    "train": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
}


def listed(path: Path, *, with_groups: bool = True) -> Listing:
    """The image files that a CSV file lists, of which none is read.

    It has the columns ``path``, relative to its own folder, and ``label``; and may have
    ``split``, one of train, val and test, and ``group``. Other columns don't matter.

    Args:
        path: The file.
        with_groups: Whether the column ``group`` counts.

    Raises:
        DatasetError: The file, a column or a value is missing.
    """
    rows = _rows(path)
    _check_complete(rows, path)
    return _listing(rows, path, with_groups)


def images_of(path: Path) -> list[Path]:
    """The image files that a CSV file lists, of which none is read; see ``listed``."""
    return [path.parent / row["path"] for row in _rows(path)]


def _rows(path: Path) -> list[Mapping[str, str]]:
    return rows_of(
        path,
        ("path", "label"),
        what="a file that lists images",
        way_out="check the path",
    )


def _listing(
    rows: Sequence[Mapping[str, str]], path: Path, with_groups: bool
) -> Listing:
    """The files in an order of their own: the training part, then those beside it."""
    order = [TRAIN, VALIDATION, TEST]
    ranks = [order.index(_part(row, path)) for row in rows]
    by_part = sorted(range(len(rows)), key=lambda n: (ranks[n], rows[n]["path"]))
    listed = [rows[n] for n in by_part]
    parts = np.array([order[ranks[n]] for n in by_part])
    names = _in_order({row["label"] for row in listed})
    indices = {name: index for index, name in enumerate(names)}
    groups = (
        [row["group"] for row in listed] if with_groups and "group" in rows[0] else []
    )
    return Listing(
        root=path.parent,
        files=[path.parent / row["path"] for row in listed],
        labels=np.array([indices[row["label"]] for row in listed], np.int64),
        in_test=parts == TEST,
        in_validation=parts == VALIDATION if VALIDATION in parts else None,
        class_names=distinct(names),
        groups=numbers_of(np.array(groups), len(rows), "group") if groups else None,
    )


def _in_order(labels: set[str]) -> list[str]:
    """Labels sorted as numbers if all are, else as texts."""
    if all(label.isdecimal() for label in labels):
        return sorted(labels, key=lambda label: (int(label), label))
    return sorted(labels)


def _part(row: Mapping[str, str], path: Path) -> str:
    split = row.get("split", TRAIN)
    if split.lower() not in _PARTS:
        raise DatasetError(
            f"the column split holds train, val or test; {shown(split)} of "
            f"{shown(row['path'])} in {shown(str(path))} is none of them"
        )
    return _PARTS[split.lower()]


def _check_complete(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    if not rows:
        raise DatasetError(
            f"a data set must hold images; {shown(str(path))} lists none: add some"
        )
    seen: set[str] = set()
    for row in rows:
        missing = [name for name in ("path", "label", "group") if row.get(name) == ""]
        if missing:
            raise DatasetError(
                f"every image needs a {missing[0]}; the row of {shown(row['path'])} in "
                f"{shown(str(path))} has none: add it, or remove the row"
            )
        if row["path"] in seen:
            raise DatasetError(
                "every image file counts once, or a test image might be trained on; "
                f"{shown(row['path'])} is in several rows of {shown(str(path))}: "
                "remove the others"
            )
        seen.add(row["path"])
