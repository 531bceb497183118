"""Headers of NumPy files, read and checked before any item is."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np

from bench.datasets import memory

_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
"""Version 3 holds records alone, whose fields have other names than ASCII."""


@dataclass(frozen=True, kw_only=True)
class ArrayHeader:
    """What the header of an array says.

    Attributes:
        shape: Of the array; no dimension is negative.
        dtype: Of its items, which have at least one byte.
    """

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read(file: IO[bytes], size: int) -> ArrayHeader:
    """Read the header of an array, and check that its items can follow.

    Args:
        file: Open for reading, at its start.
        size: Bytes of the file.

    Raises:
        ValueError: It is no header, or it claims more bytes than the file has.
    """
    try:
        version = np.lib.format.read_magic(file)
    except ValueError as error:
        raise ValueError("it holds no array, and is not unpickled") from error
    if version not in _READERS:
        raise ValueError(f"version {version[0]}.{version[1]} of its format is not read")
    shape, _, dtype = _READERS[version](file)
    header = ArrayHeader(shape=shape, dtype=dtype)
    if dtype.hasobject:
        raise ValueError("its items would have to be unpickled")
    if min(shape, default=0) < 0 or dtype.itemsize == 0:
        raise ValueError("its header claims an impossible shape or type")
    held = size - file.tell()
    if header.bytes > held:
        raise ValueError(
            f"its header claims {header.bytes:,} bytes, and {held:,} are left"
        )
    return header


def read_member(archive: zipfile.ZipFile, name: str) -> ArrayHeader:
    """Read the header of an array in an ``.npz`` file; see ``read``."""
    members = set(archive.namelist())
    info = archive.getinfo(f"{name}.npy" if f"{name}.npy" in members else name)
    with archive.open(info) as file:
        return read(file, info.file_size)


def check_memory(headers: Sequence[ArrayHeader]) -> None:
    """Refuse arrays that don't fit in memory.

    Beside the arrays as they are, there are for a while the images in bytes or in
    ``float32``, and the copies of these that are the splits.

    Raises:
        DatasetError: They take more memory than there is.
    """
    raw = sum(header.bytes for header in headers)
    converted = sum(
        math.prod(header.shape) * (1 if header.dtype.itemsize == 1 else 4)
        for header in headers
    )
    shapes = " and ".join(str(header.shape) for header in headers)
    memory.check(
        raw + 2 * converted,
        f"arrays of {shapes}",
        "save fewer or smaller images, or a type of fewer bytes, such as uint8",
    )
