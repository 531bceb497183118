"""Records of TFRecord files: a length, the data, and a checksum of each.

Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import google_crc32c

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK = 0xA282EAD8

FRAME = _HEADER.size + _CHECKSUM.size
"""Bytes of a record around its data."""


class BrokenRecordError(Exception):
    """A record that can't be read; the message says why.

    Attributes:
        offset: Of the record in its file.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True)
class Record:
    """A record of a file.

    Attributes:
        offset: Byte of the file at which it begins.
        data: None if its checksum is another.
        checksum: Of the data, as the file has it.
        length: Bytes of the data.
    """

    offset: int
    data: bytes | None
    checksum: int
    length: int


def framed(data: bytes) -> bytes:
    """A record as it stands in a file."""
    length = struct.pack("<Q", len(data))
    header = length + _CHECKSUM.pack(_masked(length))
    return header + data + _CHECKSUM.pack(_masked(data))


def records(file: BinaryIO) -> Iterator[Record]:
    """All records of a file, from its beginning.

    Raises:
        BrokenRecordError: The length of a record is damaged, so that no record after it
            can be found, or the file ends within a record.
    """
    offset = 0
    while header := file.read(_HEADER.size):
        length = _length(header, offset)
        data, end = file.read(length), file.read(_CHECKSUM.size)
        if len(data) < length or len(end) < _CHECKSUM.size:
            raise BrokenRecordError(offset, "the file ends within it")
        (checksum,) = _CHECKSUM.unpack(end)
        is_whole = _masked(data) == checksum
        yield Record(offset, data if is_whole else None, checksum, length)
        offset += length + FRAME


def data_at(file: BinaryIO, offset: int, length: int) -> bytes:
    """The data of a record.

    Raises:
        BrokenRecordError: The file has no such whole record there.
    """
    file.seek(offset)
    content = file.read(length + FRAME)
    if len(content) < length + FRAME:
        raise BrokenRecordError(offset, "the file ends within it")
    if _length(content[: _HEADER.size], offset) != length:
        raise BrokenRecordError(offset, "its length is another")
    data = content[_HEADER.size : -_CHECKSUM.size]
    if _masked(data) != _CHECKSUM.unpack(content[-_CHECKSUM.size :])[0]:
        raise BrokenRecordError(offset, "its checksum is another")
    return data


def _length(header: bytes, offset: int) -> int:
    if len(header) < _HEADER.size:
        raise BrokenRecordError(offset, "the file ends within it")
    length, checksum = _HEADER.unpack(header)
    if _masked(header[:8]) != checksum:
        raise BrokenRecordError(offset, "the checksum of its length is another")
    return int(length)


def _masked(data: bytes) -> int:
    checksum: int = google_crc32c.value(data)
    return ((checksum >> 15 | checksum << 17) + _MASK) & 0xFFFFFFFF
