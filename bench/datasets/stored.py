"""Image files of a data set of which none is decoded yet, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bench.datasets.common_size import common_size, size_note
from bench.datasets.image_file import Header
from bench.datasets.reading import Reading
from bench.datasets.source import Source
from bench.datasets.streamed import (
    CHUNK,
    EncodedImages,
    StreamedImages,
    as_array,
    looks,
)
from bench.datasets.task import Split
from bench.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Image files with their labels, the training part first.

    Attributes:
        encoded: The files.
        labels: ``(n,)``, class indices.
        in_test: ``(n,)``, True for files of the test part.
        in_validation: ``(n,)``, True for files of the validation part; None for none.
        class_names: In the order of the class indices.
        keys, blocks: As of ``Split``, of all files.
        names: ``(n,)``, paths of the files; None for images that aren't files.
        positions: ``(n,)``, positions among ``encoded``.
        notes: Lines for the user.
        left_out: Number of files that were left out since they can't be read.
    """

    encoded: EncodedImages
    labels: np.ndarray
    in_test: np.ndarray
    class_names: tuple[str, ...]
    keys: np.ndarray
    positions: np.ndarray
    blocks: np.ndarray | None = None
    names: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    in_validation: np.ndarray | None = None
    left_out: int = 0

    @property
    def parts(self) -> np.ndarray:
        """``(n,)``, numbers of the files' parts."""
        return part_numbers(self.in_test, self.in_validation)

    def only(self, is_readable: np.ndarray) -> Stored:
        """The readable files; every class must keep a file in each part."""
        if is_readable.all():
            return self
        count = int((~is_readable).sum())
        check_classes(self.labels, self.parts, is_readable, self.class_names)
        return replace(
            self,
            labels=self.labels[is_readable],
            in_test=self.in_test[is_readable],
            in_validation=(
                None if self.in_validation is None else self.in_validation[is_readable]
            ),
            keys=self.keys[is_readable],
            positions=self.positions[is_readable],
            blocks=None if self.blocks is None else self.blocks[is_readable],
            names=None if self.names is None else self.names[is_readable],
            notes=(f"left out {count:,} unreadable images", *self.notes),
            left_out=self.left_out + count,
        )


def read_stored(stored: Stored, reading: Reading) -> Source:
    """Read image files into memory if there is room, else when they are needed.

    The size and the channels of the images are those of a sample of the files.

    Raises:
        DatasetError: An image that is looked at can't be read.
    """
    seen = looks(stored.encoded)
    seen.check_depth()
    size = reading.image_size or common_size(seen.headers)
    shape = (*size, seen.channels(size))
    images = StreamedImages(
        encoded=stored.encoded, positions=stored.positions, image_shape=shape
    )
    if reading.skip_unreadable:
        is_readable = _readable(images)
        stored, images = stored.only(is_readable), images.part(is_readable)
    holds = reading.room.holds(len(images), shape)
    note = reading.room.note(len(images), images.nbytes, holds=holds)
    known = [header.size for header in seen.headers if isinstance(header, Header)]
    sized = () if reading.image_size else size_note(known, size)
    stored = replace(stored, notes=(*sized, note, *stored.notes))
    return _source(images[:] if holds else as_array(images), stored)


def part_numbers(in_test: np.ndarray, in_validation: np.ndarray | None) -> np.ndarray:
    """Numbers of the parts that images are in, ``(n,)``."""
    parts = 2 * in_test.astype(np.int64)
    return parts if in_validation is None else parts + in_validation


def check_classes(
    labels: np.ndarray,
    parts: np.ndarray,
    is_readable: np.ndarray,
    class_names: tuple[str, ...],
) -> None:
    """Refuse a class that has no readable file left in a part.

    Raises:
        DatasetError: There is one.
    """
    for part in np.unique(parts):
        left = labels[(parts == part) & is_readable]
        counts = np.bincount(left, minlength=len(class_names))
        if not counts.all():
            name = class_names[int(counts.argmin())]
            raise DatasetError(
                f"every class needs readable images; {name!r} has none left; add "
                "some or remove its folder"
            )


def _readable(images: StreamedImages) -> np.ndarray:
    """Which images can be decoded; each is, once."""
    is_readable = np.ones(len(images), bool)
    count = max(1, CHUNK * len(images) // max(1, images.nbytes))
    for start in range(0, len(images), count):
        part = np.arange(start, min(start + count, len(images)))
        if not _can_read(images, part):
            is_readable[part] = [_can_read(images, part[[n]]) for n in range(len(part))]
    return is_readable


def _can_read(images: StreamedImages, indices: np.ndarray) -> bool:
    try:
        images[indices]
    except DatasetError:
        return False
    return True


def _source(images: np.ndarray, stored: Stored) -> Source:
    count = int((~stored.in_test).sum())
    whole = Split(
        images=images,
        labels=stored.labels,
        files=stored.names,
        keys=stored.keys,
        blocks=stored.blocks,
    )
    parts = _parts(whole, count)
    return Source(
        train=next(parts),
        test=next(parts, None),
        class_names=stored.class_names,
        notes=stored.notes,
        left_out=stored.left_out,
        in_validation=(
            None if stored.in_validation is None else stored.in_validation[:count]
        ),
    )


def _parts(whole: Split, count: int) -> Iterator[Split]:
    """The training part, and the test part if there is one; neither is copied."""
    yield whole.part(slice(count))
    if count < len(whole):
        yield whole.part(slice(count, None))
