"""A file of decoded images, which all processes of a study fill and read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.files import explained


@dataclass(frozen=True)
class PixelFile:
    """Decoded images by their positions, each kept by whichever process decodes it.

    A byte for each image says whether it is kept; it is set when the image is written,
    and two processes that decode one image write the same. The pixels are read by
    ordinary reads, so that they count as the system's cache, not as a process's memory.

    Attributes:
        path: The file of the pixels; beside it lies that of the marks.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, count: int) -> PixelFile:
        """An empty file for a number of images, in place of an older one.

        Raises:
            WriteError: The folder can't be written.
        """
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
            _marks(path).write_bytes(bytes(count))
        return cls(path.absolute())

    def has(self, positions: np.ndarray) -> np.ndarray:
        """Whether each of these images is kept, ``(n,)``."""
        marks = np.memmap(_marks(self.path), np.uint8, "r")
        kept: np.ndarray = np.asarray(marks[positions]) == 1
        return kept

    def read(self, positions: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
        """Images of a shape at rising positions, all of which are kept."""
        images = np.empty((len(positions), *shape), np.uint8)
        size = int(np.prod(shape))
        flat = images.reshape(-1)
        with self.path.open("rb", buffering=0) as file:
            for start, stop in _runs(positions):
                file.seek(int(positions[start]) * size)
                file.readinto(flat[start * size : stop * size])  # type: ignore[arg-type]
        return images

    def write(self, positions: np.ndarray, images: np.ndarray) -> None:
        """Keep images at rising positions; a disk that is full keeps no more."""
        size = images[0].nbytes
        with suppress(OSError):
            with self.path.open("r+b", buffering=0) as file:
                for start, stop in _runs(positions):
                    file.seek(int(positions[start]) * size)
                    content = images[start:stop].tobytes()
                    if file.write(content) < len(content):
                        return
            marks = np.memmap(_marks(self.path), np.uint8, "r+")
            marks[positions] = 1


def has_room(folder: Path, size: int) -> bool:
    """Whether a file may be written that leaves as much room as it takes."""
    existing = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(existing).free >= 2 * size


def _marks(path: Path) -> Path:
    return path.with_suffix(".kept")


def _runs(positions: np.ndarray) -> Iterator[tuple[int, int]]:
    """Start and end of each run of positions that follow one another."""
    breaks = np.flatnonzero(np.diff(positions) != 1) + 1
    edges = [0, *breaks.tolist(), len(positions)]
    for start, stop in pairwise(edges):
        if stop > start:
            yield start, stop
