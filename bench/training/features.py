"""Features of images by frozen networks, computed once and kept in files.

Every network and task has a folder of files, which all processes share. Several
processes fill a file together: each takes the next part that no other has taken, and
waits in the end for the parts of the others. Parts that a killed process has taken are
computed by another. Every finished part says how long it took, so that the time of
the others is known.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Literal

import keras
import numpy as np
from filelock import FileLock, Timeout

from bench.datasets import Split, Task
from bench.files import explained, replaced_file, reserve, whole
from bench.records import TaskRecord, digest
from bench.text.activity import doing
from bench.training.time_limit import (
    LimitedPredictions,
    check_fits,
    check_time,
    is_limited,
    seconds_left,
)
from search_spaces.family import Extractor

PART = 512
"""Number of images in a part of a file, which one process computes."""

BATCH = 64
"""Number of images in a batch of the network."""

DTYPE = np.dtype("float16")
"""Type of the features: half the size of single precision, with a relative error of
at most a thousandth."""

_WHAT = "features of its frozen network"


class Features:
    """The outputs of one frozen network for the images of one task.

    Args:
        task: A task of images.
        extractor: The network, and how it augments images.
        folder: Folder of the features of all networks and tasks.
    """

    def __init__(self, task: Task, extractor: Extractor, folder: Path) -> None:
        self._image_task = task
        self.extractor = extractor
        self._folder = folder_of(task.record, len(task.train), extractor, folder)

    @cached_property
    def network(self) -> keras.Model:
        """The network without augmentation, for images as the task has them."""
        return self.extractor.make(False)

    def seconds_an_image(self) -> float | None:
        """Seconds that the network took for an image; None if nobody knows."""
        return _pace(self._folder)

    def test_seconds(self) -> float:
        """Forecast of the seconds for features of test images that are missing."""
        images = self._image_task.test.images
        file = _SharedFile(self._folder, "test", [images])
        return file.missing_images * (self.seconds_an_image() or 0.0)

    @cached_property
    def task(self) -> Task:
        """The task with features in place of images.

        If images are augmented, the copies of all training images follow each other.
        The test split is empty, since only the best configuration is tested.
        """
        images, copies = self._image_task, self.extractor.copies
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
        empty = Split(images=np.empty(0), labels=np.empty(0))
        return replace(images, train=train, validation=validation, test=empty)

    def test(self) -> np.ndarray:
        """Features of the test images."""
        return self._computed("test", [self._image_task.test.images])

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features of any batch of images."""
        features = np.asarray(self.network.predict_on_batch(images), DTYPE)
        return features[:, self.extractor.part]

    def _computed(
        self, name: str, copies: list[np.ndarray], *, augments: bool = False
    ) -> np.ndarray:
        """Features of images, from their file or computed now.

        Args:
            name: Name of the file, without suffix.
            copies: The images, once for each copy.
            augments: Whether each copy is augmented.
        """
        file = _SharedFile(self._folder, name, copies)
        if file.missing:
            file.fill(lambda: self.extractor.make(True) if augments else self.network)
        return file.opened("r")[:, self.extractor.part]


def folder_of(task: TaskRecord, train: int, extractor: Extractor, folder: Path) -> Path:
    """Folder of the features of a task's images by a network.

    Args:
        task: The task.
        train: Number of its training images.
        extractor: The network.
        folder: Folder of the features of all networks and tasks.
    """
    shape = str(task.image_shape)
    return folder / digest(task.fingerprint, shape, str(train), extractor.name)


class _SharedFile:
    """A file of features, which several processes fill part by part.

    Args:
        folder: Folder of the file, and of empty files that mark finished parts.
        name: Name of the file, without suffix.
        copies: The images, once for each copy.
    """

    def __init__(self, folder: Path, name: str, copies: list[np.ndarray]) -> None:
        self.path = folder / f"{name}.npy"
        self._copies = copies
        self._count = len(copies[0])

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Parts that aren't finished: the index of the copy, and of the first image."""
        return [
            (copy, start)
            for copy in range(len(self._copies))
            for start in range(0, self._count, PART)
            if not self._mark(copy, start).exists()
        ]

    @property
    def missing_images(self) -> int:
        """Number of images in the parts that aren't finished."""
        return sum(min(PART, self._count - start) for _, start in self.missing)

    def fill(self, network: Callable[[], keras.Model]) -> None:
        """Compute parts until all are finished, by this process or another.

        Args:
            network: Builds the network.

        Raises:
            CutShortError: They will not be finished in time. Finished ones are kept.
        """
        pace = _pace(self.path.parent)
        if pace is not None:
            seconds = pace * self.missing_images
            check_fits(_WHAT, seconds, seconds)
        self._fill(network())

    def _fill(self, network: keras.Model) -> None:
        self._create((len(self._copies) * self._count, *network.output_shape[1:]))
        with explained(self.path):
            self._fill_parts(self.opened("r+"), network)

    def opened(self, mode: Literal["r", "r+"]) -> np.ndarray:
        """The features, mapped into memory.

        Raises:
            StoreError: The file is damaged.
        """
        with whole(self.path, "a file of features", remove=self.path.parent):
            features: np.ndarray = np.load(
                self.path, mmap_mode=mode, allow_pickle=False
            )
            return features

    def _fill_parts(self, features: np.ndarray, network: keras.Model) -> None:
        with doing(_WHAT, len(self._copies) * self._count) as reach:
            self._fill_missing(features, network, reach)

    def _fill_missing(
        self,
        features: np.ndarray,
        network: keras.Model,
        reach: Callable[[int], None],
    ) -> None:
        """Compute the missing parts; ``reach`` is told how many images are done."""
        began, missing = time.monotonic(), len(self.missing)
        total = len(self._copies) * self._count
        # First the parts that no process has taken; then those that others have taken
        # but not finished.
        for waits in (False, True):
            for copy, start in self.missing:
                mark = self._mark(copy, start)
                lock = FileLock(mark.with_suffix(".lock"))
                patience = seconds_left() if waits else 0.0
                with suppress(Timeout), lock.acquire(timeout=patience):
                    if not mark.exists():
                        done = total - self.missing_images
                        seconds = self._fill_part(
                            features,
                            (copy, start),
                            network,
                            _beyond(done, reach),
                        )
                        mark.write_text(f"{seconds:.6f}", "ascii")
                self._check_progress(began, missing)

    def _check_progress(self, began: float, missing: int) -> None:
        """Refuse to go on if all processes together won't finish in time.

        Args:
            began: When this process began, by the monotonic clock.
            missing: Number of parts that were missing then.
        """
        if not is_limited():
            return
        check_time()
        left = len(self.missing)
        if left < missing:
            pace = (time.monotonic() - began) / (missing - left)
            check_fits(_WHAT, pace * left, pace * missing)

    def _fill_part(
        self,
        features: np.ndarray,
        part: tuple[int, int],
        network: keras.Model,
        reach: Callable[[int], None],
    ) -> float:
        """Compute a part; its seconds for an image."""
        copy, start = part
        images = self._copies[copy][start : start + PART]
        row = copy * self._count + start
        began = time.monotonic()
        features[row : row + len(images)] = _predicted(
            network, images, seed=row, reach=reach
        )
        assert isinstance(features, np.memmap)
        features.flush()
        return (time.monotonic() - began) / len(images)

    def _create(self, shape: tuple[int, ...]) -> None:
        """Create the file, with empty features, unless it exists.

        Raises:
            WriteError: The disk has too little room for the whole file.
        """
        size = math.prod(shape) * DTYPE.itemsize
        with explained(self.path, size=size):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock")):
                if self.path.exists():
                    return
                with replaced_file(self.path, size=size) as scratch:
                    np.lib.format.open_memmap(
                        scratch, mode="w+", dtype=DTYPE, shape=shape
                    )
                    reserve(scratch)

    def _mark(self, copy: int, start: int) -> Path:
        return self.path.with_name(f"{self.path.stem}-{copy}-{start}.done")


def _beyond(done: int, reach: Callable[[int], None]) -> Callable[[int], None]:
    """``reach`` for a part, when so many images of other parts are done."""
    return lambda images: reach(done + images)


def _pace(folder: Path) -> float | None:
    """Seconds of an image, the median of the finished parts in a folder."""
    known = []
    for mark in folder.glob("*.done"):
        with suppress(OSError, ValueError):  # removed, or of an older version
            known.append(float(mark.read_text("ascii")))
    return median(known) if known else None


def _predicted(
    network: keras.Model,
    images: np.ndarray,
    seed: int,
    reach: Callable[[int], None],
) -> np.ndarray:
    """Features of a part; augmentation follows the seed, in whichever process."""
    for layer in network.layers:
        generator: Any = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.array([0, seed], generator.state.dtype))
    count = len(images)
    limit = LimitedPredictions(
        _WHAT,
        -(-count // BATCH),
        lambda batches: reach(min(count, batches * BATCH)),
    )
    return np.asarray(
        network.predict(images, batch_size=BATCH, verbose=0, callbacks=[limit])
    )
