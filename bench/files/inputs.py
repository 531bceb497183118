"""Opening files that others wrote: regular ones alone, and for reading."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class NoRegularFileError(OSError):
    """A path leads to something that reading could wait for without end."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; links are followed.

    Anything else is refused without being opened, since opening a FIFO waits for a
    writer, and opening a device may do anything.

    Raises:
        OSError: There is no such file, it can't be read, or it is no regular file.
    """
    try:
        _check_regular(os.stat(path).st_mode)
        # It may have been replaced meanwhile, hence O_NONBLOCK and the second check.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # a null character in the path
        raise FileNotFoundError(str(error)) from error
    file = os.fdopen(descriptor, "rb")
    try:
        _check_regular(os.fstat(descriptor).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise NoRegularFileError(f"it is {kind}, not a file")
