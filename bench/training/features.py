"""What frozen networks compute, once for each data set: kept in files, used by all.

The files are those of a folder for each network and task. Several processes fill
them together: each takes the next part that nobody has, and waits in the end for
those that others took. What a killed process left is computed by another.
"""

from __future__ import annotations

import math
import shutil
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from filelock import FileLock, Timeout

from bench.datasets import Split, Task
from bench.records import digest
from search_spaces.family import Extractor

PART = 512
"""Images that a process computes at once."""

BATCH = 64
"""Images that the network sees at once."""

DTYPE = np.dtype("float16")
"""Takes half the space of single precision, and errs by a thousandth at most."""


class Features:
    """The outputs of one frozen network for the images of one task.

    Args:
        task: Of images.
        extractor: The network.
        folder: Of all such files.
    """

    def __init__(self, task: Task, extractor: Extractor, folder: Path) -> None:
        self._images = task
        self.extractor = extractor
        name = digest(
            task.record.fingerprint,
            str(task.record.image_shape),
            str(len(task.train)),
            extractor.name,
        )
        self._folder = folder / name

    @cached_property
    def network(self) -> keras.Model:
        """Takes images as the task has them; augments none."""
        return self.extractor.make(False)

    @cached_property
    def task(self) -> Task:
        """The task with features for images; its test split, which only the winner
        sees, is left empty. The augmented copies of all training images follow one
        another.
        """
        images, copies = self._images, self.extractor.copies
        train = Split(
            images=self._computed(
                "train", [images.train.images] * copies, augments=copies > 1
            ),
            labels=np.tile(images.train.labels, copies),
        )
        if images.validation is images.train and copies == 1:
            validation = train
        else:
            validation = Split(
                images=self._computed("validation", [images.validation.images]),
                labels=images.validation.labels,
            )
        nothing = Split(images=np.empty(0), labels=np.empty(0))
        return replace(images, train=train, validation=validation, test=nothing)

    def test(self) -> np.ndarray:
        """Features of the test images."""
        return self._computed("test", [self._images.test.images])

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features of any images."""
        found = np.asarray(self.network.predict_on_batch(images), DTYPE)
        return found[:, self.extractor.part]

    def _computed(
        self, name: str, copies: list[np.ndarray], *, augments: bool = False
    ) -> np.ndarray:
        """The features of some images, from their file or computed now."""
        file = _SharedFile(self._folder, name, copies)
        if file.missing:
            network = self.extractor.make(True) if augments else self.network
            file.fill(network)
        features: np.ndarray = np.load(file.path, mmap_mode="r")
        return features[:, self.extractor.part]


class _SharedFile:
    """Features in one array, which several processes fill part by part.

    Args:
        folder: Where to; parts that are done are marked there too.
        name: Of the file.
        copies: Images, once for each time that they are computed.
    """

    def __init__(self, folder: Path, name: str, copies: list[np.ndarray]) -> None:
        self.path = folder / f"{name}.npy"
        self._copies = copies
        self._count = len(copies[0])

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Parts that nobody has finished, as their copy and first image."""
        return [
            (copy, start)
            for copy in range(len(self._copies))
            for start in range(0, self._count, PART)
            if not self._mark(copy, start).exists()
        ]

    def fill(self, network: keras.Model) -> None:
        self._make((len(self._copies) * self._count, *network.output_shape[1:]))
        features = np.load(self.path, mmap_mode="r+")
        # First what nobody has begun, then what others have not finished.
        for waits in (False, True):
            for copy, start in self.missing:
                mark = self._mark(copy, start)
                lock = FileLock(mark.with_suffix(".lock"))
                with suppress(Timeout), lock.acquire(blocking=waits):
                    if not mark.exists():
                        self._fill_part(features, copy, start, network)
                        mark.touch()

    def _fill_part(
        self, features: np.memmap, copy: int, start: int, network: keras.Model
    ) -> None:
        images = self._copies[copy][start : start + PART]
        place = copy * self._count + start
        features[place : place + len(images)] = _predicted(network, images, seed=place)
        features.flush()

    def _make(self, shape: tuple[int, ...]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            if not self.path.exists():
                self._check_space(math.prod(shape) * DTYPE.itemsize)
                unfinished = self.path.with_suffix(".part")
                made = np.lib.format.open_memmap(
                    unfinished, mode="w+", dtype=DTYPE, shape=shape
                )
                made.flush()
                unfinished.rename(self.path)

    def _check_space(self, size: int) -> None:
        """Refuse a file that its disk can't hold: pages that find no room end the
        process that writes them.
        """
        free = shutil.disk_usage(self.path.parent).free
        if size > free:
            raise OSError(
                f"what a frozen network computes takes {size / 2**30:.1f} GiB in "
                f"{self.path.parent.parent}, where {free / 2**30:.1f} are free: empty "
                "that folder, or give --fix resolution or --fix augmentation=off"
            )

    def _mark(self, copy: int, start: int) -> Path:
        return self.path.with_name(f"{self.path.stem}-{copy}-{start}.done")


def _predicted(network: keras.Model, images: np.ndarray, seed: int) -> np.ndarray:
    """Features of a part, the same whoever computes it."""
    for layer in network.layers:
        generator: Any = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.array([0, seed], generator.state.dtype))
    return np.asarray(network.predict(images, batch_size=BATCH, verbose=0))
