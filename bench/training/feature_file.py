"""A file of features, which several processes fill part by part.

Each process takes the next part that no other has taken, and waits in the end for the
parts of the others. Parts that a killed process has taken are computed by another.
Every finished part says how long it took, so that the time of the others is known.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Literal

import keras
import numpy as np
from filelock import FileLock, Timeout

from bench.datasets.streamed import CHUNK, part_of
from bench.files import explained, replaced_file, reserve, whole
from bench.text.activity import doing
from bench.training.time_limit import (
    LimitedPredictions,
    check_fits,
    check_time,
    is_limited,
    seconds_left,
)

PART = 512
"""Number of images in a part of a file, which one process computes."""

BATCH = 64
"""Number of images in a batch of the network."""

DTYPE = np.dtype("float16")
"""Type of the features: half the size of single precision, with a relative error of
at most a thousandth."""

_WHAT = "features of its frozen network"


class FeatureFile:
    """Features of images by one network.

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
        pace = pace_in(self.path.parent)
        if pace is not None and not self._is_shared():
            seconds = pace * self.missing_images
            check_fits(_WHAT, seconds, seconds)
        self._fill(network())

    def _is_shared(self) -> bool:
        """Whether another process computes a part, so that all take less time."""
        with explained(self.path):
            return any(self._is_taken(*part) for part in self.missing)

    def _is_taken(self, copy: int, start: int) -> bool:
        try:
            with self._lock(copy, start).acquire(timeout=0):
                return False
        except Timeout:
            return True

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
                patience = seconds_left() if waits else 0.0
                lock = self._lock(copy, start)
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
        images = part_of(self._copies[copy], slice(start, start + PART))
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

    def _lock(self, copy: int, start: int) -> FileLock:
        return FileLock(self._mark(copy, start).with_suffix(".lock"))

    def _mark(self, copy: int, start: int) -> Path:
        return self.path.with_name(f"{self.path.stem}-{copy}-{start}.done")


def _beyond(done: int, reach: Callable[[int], None]) -> Callable[[int], None]:
    """``reach`` for a part, when so many images of other parts are done."""
    return lambda images: reach(done + images)


def pace_in(folder: Path) -> float | None:
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
    together = read_together(images)
    return np.concatenate(
        [
            network.predict(
                images[start : start + together],
                batch_size=BATCH,
                verbose=0,
                callbacks=[limit],
            )
            for start in range(0, count, together)
        ]
    )


def read_together(images: np.ndarray) -> int:
    """Number of images that are read at once: batches that a chunk has room for."""
    batch_bytes = BATCH * images.nbytes // max(1, len(images))
    return BATCH * max(1, CHUNK // max(1, batch_bytes))
