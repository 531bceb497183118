"""Turns what the system and SQLite raise into errors of one line.

Every file that the toolkit writes, and its store, is used within ``explained``.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from bench.errors import DamagedStoreError, StoreError, WriteError, command

AGAIN = "then give the same command again"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""The disk, the quota or the size that files may have is used up."""

_TOO_MANY = {errno.EMFILE, errno.ENFILE}

_OF_MACHINE = _FULL | _TOO_MANY | {errno.EIO, errno.EROFS}
"""Errors that say something about the machine, and nothing about who met them."""

_FULL_TEXTS = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
"""How TensorFlow and HDF5 say it, whose errors carry no number."""

SQLITE_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises; its message about a damaged file may be no text."""

_SQLITE_WRITES = ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHM")
_SQLITE_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_SQLITE_REFUSED = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")


@contextmanager
def explained(
    path: Path, *, size: int | None = None, option: str = "--results"
) -> Iterator[None]:
    """Turn what the system or SQLite raises within the block into one line.

    Args:
        path: The file that is written or read.
        size: Bytes that it takes, if they are known.
        option: Names another folder for the file.

    Raises:
        WriteError: The file can't be written.
        DamagedStoreError: SQLite can't make sense of the file.
        StoreError: Another process keeps the store locked.
    """
    try:
        yield
    except OSError as error:
        raise of_system(error, path, size=size, option=option) from error
    except SQLITE_ERRORS as error:
        raise of_sqlite(error, path) from error


def of_system(
    error: OSError, path: Path, *, size: int | None = None, option: str = "--results"
) -> WriteError:
    """What an error of the system means for a file; see ``explained``."""
    number = error.errno
    if number in _FULL or _is_short_write(error):
        return _full(error, path, size)
    if number in _TOO_MANY:
        return WriteError(
            f"a process may keep only so many files open; {str(path)!r} is one too "
            f"many ({_reason(error)}): raise the number (ulimit -n), or give fewer "
            "--workers"
        )
    if number == errno.EIO:
        return WriteError(
            f"a disk must keep what is written to it; the disk of {str(path)!r} gives "
            f"an error ({_reason(error)}): name a folder on another disk with {option}"
        )
    if number == errno.ENAMETOOLONG:
        return WriteError(
            f"a path must be as short as the file system wants it; {str(path)!r} is "
            f"too long ({_reason(error)}): name a shorter folder with {option}"
        )
    return unwritable(path, _reason(error), option)


def of_sqlite(error: Exception, path: Path) -> StoreError:
    """What an error of SQLite means for a store; see ``explained``."""
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_FULL" or code.startswith(_SQLITE_WRITES):
        return _full(error, path, None)
    if code.startswith(_SQLITE_LOCKED):
        return StoreError(
            f"one process at a time writes to a store; {str(path)!r} is in use "
            f"({error}): wait for it, {AGAIN}"
        )
    if code.startswith(_SQLITE_REFUSED):
        return unwritable(path.parent, str(error), "--results")
    return damaged(path, str(error))


def of_machine(error: BaseException) -> StoreError | None:
    """The fault of the machine behind an error; None if there is none.

    A model whose training meets a full disk is no worse than another, so that such an
    error must not count as a failure of its configuration.
    """
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:  # an error may be its own cause
        seen.add(id(cause))
        if isinstance(cause, StoreError):
            return cause
        if isinstance(cause, OSError) and cause.errno in _OF_MACHINE:
            return of_system(cause, Path(cause.filename or _fullest_folder()))
        if any(text in _message(cause) for text in _FULL_TEXTS):
            return _full(cause, _fullest_folder(), None)
        hidden = None if cause.__suppress_context__ else cause.__context__
        cause = cause.__cause__ or hidden
    return None


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # whatever the error of a user's model does
        return ""


@contextmanager
def whole(path: Path, kind: str, *, remove: Path | None = None) -> Iterator[None]:
    """Turn what readers of a file raise within the block into one line.

    Args:
        path: A file that the toolkit wrote, and can write again.
        kind: What the file is, such as ``a checkpoint``.
        remove: What to remove, so that it is written again; None for the file.

    Raises:
        StoreError: The file is damaged or gone.
    """
    try:
        yield
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
        raise StoreError(
            f"{kind} must be whole; {str(path)!r} is not ({_reason(error)}): remove "
            f"{str(remove or path)!r}, {AGAIN}"
        ) from error


def unwritable(path: Path, reason: str, option: str = "--results") -> WriteError:
    """A file or folder that can't be written, for the reason given."""
    kind = "results folder" if option == "--results" else "folder"
    return WriteError(
        f"the {kind} must be writable; {str(path)!r} is not ({reason}): mend "
        f"its permissions, or name another with {option}"
    )


def damaged(path: Path, reason: str) -> DamagedStoreError:
    """A store that can't be read, for the reason given."""
    folder, reason = str(path.parent), " ".join(reason.split())
    return DamagedStoreError(
        f"a store must be whole; {str(path)!r} is damaged ({reason}): "
        f"{command('doctor --results')} {folder} says what can be saved, and with "
        "--salvage --to DIR copies it into a new folder"
    )


def _full(error: BaseException, path: Path, size: int | None) -> WriteError:
    folder = _existing(path)
    free = shutil.disk_usage(folder).free
    needs = "more room" if size is None else mebibytes(size)
    return WriteError(
        f"a disk must have room for what is written to it; {str(path)!r} needs "
        f"{needs}, and {str(folder)!r} has {mebibytes(free)} left "
        f"({_reason(error)}): free some, {AGAIN}"
    )


def mebibytes(size: int) -> str:
    """Bytes as people say them."""
    if size >= 2**30:
        return f"{size / 2**30:.1f} GiB"
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{-(-size // 1024)} KiB"


def _is_short_write(error: OSError) -> bool:
    """Whether NumPy says that it could write only a part; its error has no number."""
    return error.errno is None and str(error).endswith(" written")


def _reason(error: BaseException) -> str:
    """The system's own words in one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())


def _existing(path: Path) -> Path:
    """The folder of a path, or the nearest one above that is there."""
    folders = path.absolute().parents
    return next((folder for folder in folders if folder.is_dir()), Path("/"))


def _fullest_folder() -> Path:
    """Where a library probably wrote that names no file: a folder or its file."""
    folders = [Path(tempfile.gettempdir()), Path.cwd()]
    return min(folders, key=lambda folder: shutil.disk_usage(folder).free) / "*"
