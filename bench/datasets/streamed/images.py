"""Images that are decoded when they are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn, TypeGuard, cast

import numpy as np

from bench.datasets import image_file, pixels
from bench.datasets.image_opening import ImageFile, reason
from bench.datasets.streamed.encoded import EncodedImages
from bench.datasets.streamed.pixel_file import PixelFile
from bench.errors import DatasetError, UsageError, shown

_PARTS = 16
"""Parts into which images are divided for each thread, so that all end together, and
so that what is decoded but not in its place yet takes little memory."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamedImages:
    """Images ``(n, height, width, channels)`` that are decoded when they are read.

    It serves as an array where only the shape, the type and some of the images are
    asked for. The whole of it never becomes an array by accident.

    Attributes:
        encoded: The image files.
        positions: ``(n,)``, positions of the images among these files.
        image_shape: ``(height, width, channels)`` to which they are cropped and scaled.
        convert: Makes of decoded images, ``uint8``, those that are read, ``float32``;
            None to read them as they are.
        kept: Keeps decoded images for all processes; None to decode them every time.
        threads: Number of threads that decode; 0 for one for each core.
    """

    encoded: EncodedImages
    positions: np.ndarray
    image_shape: tuple[int, int, int]
    convert: Callable[[np.ndarray], np.ndarray] | None = None
    kept: PixelFile | None = None
    threads: int = 0

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.image_shape)

    @property
    def ndim(self) -> int:
        return 4

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.uint8 if self.convert is None else np.float32)

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("streamed images are read in parts, not as one array")

    def __getitem__(self, indices: Any) -> np.ndarray:
        """Decode the images at some indices, a slice or a single index.

        Raises:
            DatasetError: An image can't be read.
        """
        positions = self.positions[indices]
        images = self._at(np.atleast_1d(positions))
        if np.ndim(positions):
            return images
        single: np.ndarray = images[0]
        return single

    def part(self, indices: np.ndarray | slice) -> StreamedImages:
        """The images at some indices, none of which is read yet."""
        return replace(self, positions=self.positions[indices])

    def mapped(self, value_range: tuple[float, float] | None) -> StreamedImages:
        """The images as ``float32``: in [0, 1] by a range of values, or as they are."""
        convert: Callable[[np.ndarray], np.ndarray] = _float
        if value_range is not None:
            convert = partial(pixels.scaled, value_range=value_range)
        return replace(self, convert=convert)

    def _at(self, positions: np.ndarray) -> np.ndarray:
        images = np.empty((len(positions), *self.image_shape), self.dtype)
        order = np.argsort(positions, kind="stable")  # as the files lie on the disk
        if self.kept is not None:
            order = self._fill_kept(images, positions, order)
        threads = self.threads or _cores()
        parts = _in_parts(order, threads)

        def fill(part: np.ndarray) -> None:
            images[part] = self._converted(self._decoded(positions[part]))

        if threads == 1 or len(order) < threads:
            for part in parts:
                fill(part)
            return images
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(fill, parts):
                pass
        return images

    def _fill_kept(
        self, images: np.ndarray, positions: np.ndarray, order: np.ndarray
    ) -> np.ndarray:
        """Fill in the images that are kept; the order of the others."""
        assert self.kept is not None
        is_kept = self.kept.has(positions[order])
        for part in _in_parts(order[is_kept], 1):
            read = self.kept.read(positions[part], self.image_shape)
            images[part] = self._converted(read)
        others: np.ndarray = order[~is_kept]
        return others

    def _converted(self, images: np.ndarray) -> np.ndarray:
        return images if self.convert is None else self.convert(images)

    def _decoded(self, positions: np.ndarray) -> np.ndarray:
        height, width, channels = self.image_shape
        images = np.empty((len(positions), *self.image_shape), np.uint8)
        for image, file in zip(images, self.encoded.read(positions), strict=True):
            try:
                image[:] = image_file.decode_one(file, (height, width), channels)
            except Exception as error:  # broken files make Pillow raise any type
                raise _unreadable(file, error) from error
        if self.kept is not None:
            self.kept.write(positions, images)
        return images


def is_streamed(images: object) -> TypeGuard[StreamedImages]:
    """Whether images are decoded when they are read."""
    return isinstance(images, StreamedImages)


def as_array(images: StreamedImages) -> np.ndarray:
    """Streamed images where an array is declared, of which only parts are read."""
    return cast(np.ndarray, images)


def part_of(images: np.ndarray, indices: np.ndarray | slice) -> np.ndarray:
    """Images at some indices; streamed ones are not read yet."""
    if is_streamed(images):
        return as_array(images.part(indices))
    return images[indices]


def needs_all_images(what: str) -> UsageError:
    """The refusal of something that can't use streamed images."""
    return UsageError(
        f"images that are streamed can't be used by {what}: it needs all in memory; "
        "raise --memory, or make them smaller with --image-size"
    )


def _in_parts(order: np.ndarray, threads: int) -> list[np.ndarray]:
    return [part for part in np.array_split(order, _PARTS * threads) if len(part)]


def _float(images: np.ndarray) -> np.ndarray:
    values: np.ndarray = images.astype(np.float32)
    return values


def _cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unreadable(file: ImageFile, error: Exception) -> DatasetError:
    return DatasetError(
        f"images must be whole and readable; {shown(str(file))} is not "
        f"({reason(error)}); mend it, or leave such images out with "
        "--skip-unreadable"
    )
