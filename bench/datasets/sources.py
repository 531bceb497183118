"""The source of a data set, by the kind that its name says."""

from __future__ import annotations

import os
from pathlib import Path

from bench.datasets import (
    arrays,
    catalogue,
    folder,
    image_table,
    libraries,
    named,
    shards,
)
from bench.datasets.listing import Listing
from bench.datasets.reading import Reading
from bench.datasets.source import Source
from bench.errors import DatasetError, shown
from bench.records import IN_MEMORY


def read_source(dataset: str, data_folder: Path | None, reading: Reading) -> Source:
    """A data set as its files hold it, before it is split.

    Raises:
        DatasetError: It is missing or broken.
    """
    kind, _, location = dataset.partition(":")
    if kind == IN_MEMORY:
        raise DatasetError(
            f"a data set that was given from Python can't be loaded by its name "
            f"{dataset!r}: call bench.search with the same images and labels again, or "
            "save them by numpy.savez and give npz:PATH"
        )
    if kind == "folder":
        return folder.load(path_of(location, dataset), reading)
    if reading.classes_from is not None:
        raise DatasetError(
            "--classes-from names the classes of a folder of folders; "
            f"{shown(dataset)} is none: leave it out"
        )
    listing = listed(dataset, with_groups=reading.with_groups)
    if listing is not None:
        return folder.read(
            listing,
            image_size=reading.image_size,
            skip_unreadable=reading.skip_unreadable,
        )
    if kind == "shards":
        return shards.load(path_of(location, dataset), reading)
    if kind == "npz":
        return arrays.load_npz(path_of(location, dataset))
    if kind == "npy":
        images, _, labels = location.partition(",")
        return arrays.load_npy(path_of(images, dataset), path_of(labels, dataset))
    return named.load(dataset, catalogue.data_folder(data_folder))


def listed(dataset: str, *, with_groups: bool = True) -> Listing | None:
    """The encoded images of a data set, none of which is read; None if it has none.

    Args:
        dataset: The data set.
        with_groups: Whether groups that a table names count.

    Raises:
        DatasetError: It is missing or broken.
    """
    kind, _, location = dataset.partition(":")
    if kind == "folder":
        return folder.listed(path_of(location, dataset))
    if kind == "csv":
        return image_table.listed(path_of(location, dataset), with_groups=with_groups)
    return libraries.LISTED[kind](location) if kind in libraries.LISTED else None


def path_of(text: str, dataset: str) -> Path:
    """The path in a data set's name.

    Raises:
        DatasetError: There is none.
    """
    if not text:
        raise DatasetError(
            "a data set's path must follow its kind, as in folder:PATH, csv:FILE, "
            f"shards:PATH, npz:PATH or npy:X.npy,y.npy; {dataset!r} lacks a path"
        )
    # The shell does not expand a tilde after a colon.
    return Path(os.path.expanduser(text))
