"""Which image of a data set is written to which shard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.datasets.shards.contents import Contents
from bench.records import TEST, TRAIN, digest

OVERHEAD = 200
"""Bytes of a record beside those of its image, about."""

_SEED = 0
"""Of the order of the images: random, so that each shard is like the others."""


@dataclass(frozen=True, kw_only=True)
class ToWrite:
    """A data set that is written to shards.

    Attributes:
        name: Of the data set, with which the names of the shards begin.
        contents: The images.
        labels: ``(n,)``, class indices.
        in_test: ``(n,)``, True for images of the test part.
        class_names: In the order of the class indices.
        identity: Tells the images from others.
    """

    name: str
    contents: Contents
    labels: np.ndarray
    in_test: np.ndarray
    class_names: tuple[str, ...]
    identity: str


@dataclass(frozen=True)
class Shard:
    """A shard that is written.

    Attributes:
        name: Of its file.
        part: ``train`` or ``test``.
        numbers: ``(n,)``, numbers of its images.
    """

    name: str
    part: str
    numbers: np.ndarray


def plan(data: ToWrite, shard_size: int) -> list[Shard]:
    """Divide images, shuffled, into shards of about one size."""
    sizes = data.contents.sizes() + OVERHEAD
    parts = ((TRAIN, ~data.in_test), (TEST, data.in_test))
    return [
        shard
        for part, chosen in parts
        for shard in _of_part(
            data.name, part, np.flatnonzero(chosen), sizes, shard_size
        )
    ]


def identity(data: ToWrite, shards: list[Shard], skip_unreadable: bool) -> str:
    """Hash of all that decides what the shards hold."""
    numbers = hashlib.sha256()
    for shard in shards:
        numbers.update(np.ascontiguousarray(shard.numbers).data)
    labels = hashlib.sha256(np.ascontiguousarray(data.labels).data).hexdigest()
    names = [shard.name for shard in shards]
    return digest(
        data.identity,
        labels,
        numbers.hexdigest(),
        str(skip_unreadable),
        *names,
        *data.class_names,
    )


def _of_part(
    name: str, part: str, numbers: np.ndarray, sizes: np.ndarray, shard_size: int
) -> Iterator[Shard]:
    if not len(numbers):
        return
    shuffled = np.random.default_rng(_SEED).permutation(numbers)
    total = int(sizes[numbers].sum())
    count = min(len(numbers), max(1, -(-total // shard_size)))
    for n, own in enumerate(np.array_split(shuffled, count)):
        yield Shard(f"{name}-{part}.tfrecord-{n:05d}-of-{count:05d}", part, own)
