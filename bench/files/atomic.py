"""Replacing files so that a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.files.refusals import explained


@contextmanager
def replaced_file(
    path: Path, *, size: int | None = None, option: str = "--results"
) -> Iterator[Path]:
    """A scratch file that replaces ``path`` when the block ends without an error.

    It lies in the same folder, which is created if it is missing. After an error the
    scratch file is removed and ``path`` is as it was.

    Args:
        path: The file.
        size: Bytes that it will take, if they are known; an error names them.
        option: Names another folder for the file.

    Raises:
        WriteError: The file can't be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with explained(path, size=size, option=option):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield scratch
            scratch.replace(path)
        except BaseException:
            with suppress(OSError):
                scratch.unlink()
            raise


def replace_file(path: Path, content: bytes, *, option: str = "--results") -> None:
    """Write a whole file; see ``replaced_file``.

    Raises:
        WriteError: The file can't be written.
    """
    with replaced_file(path, size=len(content), option=option) as scratch:
        scratch.write_bytes(content)


def reserve(path: Path) -> None:
    """Give every byte of a file its place on the disk now.

    A new file may be longer than the room that it takes. A process that then writes to
    it, mapped into memory, is killed when the disk is full.

    Raises:
        OSError: The disk has too little room.
    """
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):  # not on every platform
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def remove_file(path: Path) -> None:
    """Remove a file that may be gone already.

    Raises:
        WriteError: The folder can't be written.
    """
    with explained(path):
        path.unlink(missing_ok=True)
