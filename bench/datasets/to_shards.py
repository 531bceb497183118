"""Any data set as shards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.datasets import folder
from bench.datasets.listing import Listing
from bench.datasets.places import place_of
from bench.datasets.reading import Reading
from bench.datasets.remote_places import Fetching
from bench.datasets.shards.contents import ArrayContents, FileContents
from bench.datasets.shards.plan import ToWrite
from bench.datasets.shards.write import Written, write
from bench.datasets.source import Source
from bench.datasets.sources import listed, read_source
from bench.errors import UsageError, shown
from bench.records.wording import dataset_name


def to_shards(
    dataset: str,
    to: Path,
    *,
    data_folder: Path | None,
    shard_size: int,
    skip_unreadable: bool,
    tell: Callable[[str], None],
    fetching: Fetching | None = None,
) -> dict[str, Written]:
    """Write a data set to shards; see ``write``.

    Args:
        dataset: A name, ``folder:PATH``, ``csv:FILE``, ``hf:NAME``, ``tfds:NAME``,
            ``npz:PATH`` or ``npy:X.npy,y.npy``.
        to: Folder of the shards.
        data_folder: Folder of the data sets known by name.
        shard_size: About how many bytes a shard takes.
        skip_unreadable: Whether unreadable images are left out or refused.
        tell: Takes a line for each shard.
        fetching: How what lies at URLs is fetched; None for the usual way.

    Raises:
        BenchError: The data set can't be read, or the shards can't be written.
    """
    dataset = place_of(dataset)
    name = dataset_name(dataset)
    dataset = (fetching or Fetching()).local(dataset, data_folder)
    if dataset.startswith("shards:"):
        raise UsageError(
            f"shards are written from other data sets; {shown(dataset)} is in shards "
            "already: give what it was written from"
        )
    if (listing := listed(dataset)) is not None:
        data = _of_files(name, listing)
    else:
        reading = Reading(None, skip_unreadable)
        data = _of_arrays(name, read_source(dataset, data_folder, reading))
    return write(
        data, to, shard_size=shard_size, skip_unreadable=skip_unreadable, tell=tell
    )


def _of_files(name: str, listing: Listing) -> ToWrite:
    _check_parts(name, listing.in_validation)
    if listing.groups is not None:
        raise UsageError(
            "shards hold no groups, without which images of one group may train and "
            f"test; {shown(name)} has a column group: remove it if the images stand "
            "alone, or search the table itself"
        )
    return ToWrite(
        name=name,
        contents=FileContents(listing),
        labels=listing.labels,
        in_test=listing.in_test,
        class_names=listing.class_names,
        identity=_hash(folder.keys(listing)),
    )


def _check_parts(name: str, in_validation: np.ndarray | None) -> None:
    if in_validation is not None:
        raise UsageError(
            "shards hold training and test images, of which some validate; "
            f"{shown(name)} has validation images of its own: move them to the "
            "training images"
        )


def _of_arrays(name: str, source: Source) -> ToWrite:
    _check_parts(name, source.in_validation)
    images, labels = source.train.images, source.train.labels
    in_test = np.zeros(len(labels), bool)
    if source.test is not None:
        images = np.concatenate([images, source.test.images])
        labels = np.concatenate([labels, source.test.labels])
        in_test = np.arange(len(labels)) >= len(in_test)
    return ToWrite(
        name=name,
        contents=ArrayContents(images),
        labels=labels,
        in_test=in_test,
        class_names=source.class_names,
        identity=_hash(images),
    )


def _hash(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
