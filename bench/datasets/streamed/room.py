"""The memory that images may take, and where they are kept for it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from bench.errors import DatasetError, command
from bench.files import mebibytes
from bench.machine import available_memory

MAX_KEPT = 2**30
"""Maximum bytes of training images that a training process copies into the backend's
memory, where chunks are taken. The images of larger tasks reach it in chunks."""

CHUNK = 2**24
"""Maximum bytes of images in a chunk, unless a batch is larger."""

WINDOW = 2**26
"""Bytes of the images of shards that are shuffled together. Another number would train
on them in another order."""

TAKES_CHUNKS = ("tensorflow",)
"""Backends whose compiled models take large tasks in chunks; others copy all images,
and train on streamed ones by ``fit``."""

CHUNKS = 6
"""Chunks that a training process holds where one follows another: the one that has
trained, the next one and two copies of it by the backend, and the one that is decoded
then, with what decoding takes beside it."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The memory that images may take in all processes together.

    Attributes:
        limit: Bytes; None for those that are free.
        processes: Processes that train; None for one for each core.
        backend: The Keras backend that trains.
        streams: Whether images are streamed; None to stream those that don't fit.
    """

    limit: int | None = None
    processes: int | None = None
    backend: str = "tensorflow"
    streams: bool | None = None

    @property
    def max_kept(self) -> int:
        """Bytes of inputs that a process may copy while images are streamed.

        They are features of images by a frozen network; the backend holds them twice
        while it copies them.
        """
        if self.limit is None:
            return MAX_KEPT
        return min(MAX_KEPT, self.limit // (2 * self._processes))

    def holds(self, count: int, image_shape: tuple[int, int, int]) -> bool:
        """Whether images, ``uint8``, are read into memory rather than streamed.

        Raises:
            DatasetError: There is no room even for streaming them, or none for images
                that mustn't be streamed.
        """
        size = count * int(np.prod(image_shape))
        fits = self._needed(size) <= self._limit
        if self.streams is False and not fits:
            raise DatasetError(
                "images that a study read into memory are read so again; these take "
                f"{mebibytes(self._needed(size))}, and {mebibytes(self._limit)} "
                "are free: run this where more are, or bring the images back if they "
                "were changed"
            )
        if fits and not self.streams:
            return True
        self._check_chunks(size)
        return False

    def check(self, size: int) -> None:
        """Refuse images that can't be streamed and take more than the user allows.

        Raises:
            DatasetError: They do.
        """
        needs = self._needed(size)
        if self.limit is not None and needs > self.limit:
            raise DatasetError(
                "only images of folders and shards are streamed; these are read into "
                f"memory, take {mebibytes(needs)} in {self._processes} processes, and "
                f"--memory allows {mebibytes(self.limit)}: raise it, or write the "
                f"images to shards with {command('shard')}"
            )

    def note(self, count: int, size: int, *, holds: bool) -> str:
        """A line for the user: where images are, and why.

        Args:
            count: Number of images.
            size: Bytes of their pixels.
            holds: Whether they are in memory.
        """
        where = "in memory" if holds else "streamed"
        needs = mebibytes(self._needed(size))
        may = "are free" if self.limit is None else "are allowed by --memory"
        return (
            f"images are {where}: {count:,} images take {needs} in all processes, and "
            f"{mebibytes(self._limit)} {may}"
        )

    @property
    def _limit(self) -> int:
        return available_memory() if self.limit is None else self.limit

    @property
    def _processes(self) -> int:
        if self.processes is None:
            return os.cpu_count() or 1
        return max(1, self.processes)

    def _needed(self, size: int) -> int:
        """Bytes that images take in memory.

        Those of the study are doubled while they are divided into splits; later each
        process has a copy of its own, unless it takes them in chunks.
        """
        takes_chunks = self.backend in TAKES_CHUNKS
        copied = min(size, MAX_KEPT) if takes_chunks else size
        return max(2 * size, size + self._processes * copied)

    def _check_chunks(self, size: int) -> None:
        least = CHUNKS * self._processes * min(CHUNK, size)
        if self.limit is not None and least > self.limit:
            raise DatasetError(
                f"streamed images take {CHUNKS} chunks in each of {self._processes} "
                f"processes, {-(-least // 2**20)}M in all; --memory allows "
                f"{self.limit // 2**20}M: raise it, or give fewer --workers"
            )
