"""A copy of what lies at a URL: its files, what is known of them, and who uses it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.files import explained, replace_file
from bench.remote.filesystem import RemoteFile
from bench.remote.urls import last_name, public, slug
from bench.text import complain

_RECORD = "copy.json"
"""File of a copy that is whole, and lists its files."""

_BEGUN = "begun.jsonl"
"""File of a copy that is not whole yet; each line is a file that is there."""

_CONTENT, _PARTS = "content", "parts"

_HELD: dict[Path, int] = {}
"""Descriptors of locks on the copies that this process uses; held until it ends."""

Known = dict[str, tuple[int | None, str]]
"""Sizes and tags of files by their names."""


class Copy:
    """A copy of what lies at a URL.

    Args:
        root: Folder of all copies.
        url: Perhaps with credentials, which are not kept.

    Attributes:
        path: The folder or file.
    """

    def __init__(self, root: Path, url: str) -> None:
        self.url = url
        self._folder = root / slug(url)
        self.path = self._folder / _CONTENT / last_name(url)
        self._writing = threading.Lock()

    # Who uses it ------------------------------------------------------------

    def hold(self) -> None:
        """Keep other processes from deleting the copy while this one runs."""
        path = _lock_file(self._folder)
        if path not in _HELD:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _HELD[path] = descriptor

    def is_used_elsewhere(self) -> bool:
        """Whether other processes hold it too."""
        descriptor = _HELD[_lock_file(self._folder)]
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        return False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from fetching the same meanwhile."""
        from filelock import FileLock, Timeout  # slow to import

        lock = FileLock(self._folder.with_name(f"{self._folder.name}.fetch"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            complain(f"another process fetches {public(self.url)}: waiting for it")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    # What is there ----------------------------------------------------------

    @property
    def is_whole(self) -> bool:
        return (self._folder / _RECORD).exists()

    @property
    def checked_on(self) -> str:
        """When the copy was last used."""
        used = datetime.fromtimestamp((self._folder / _RECORD).stat().st_mtime)
        return f"{used:%Y-%m-%d %H:%M}"

    def touch(self) -> None:
        """Remember that the copy is used now."""
        os.utime(self._folder / _RECORD)

    def present(self) -> Known:
        """The files that are there as they were fetched."""
        known = _read_record(self._folder / _RECORD) or _read_lines(
            self._folder / _BEGUN
        )
        return {
            name: (size, tag)
            for name, (size, tag) in known.items()
            if _has_size(self._target(name), size)
        }

    # Fetching ---------------------------------------------------------------

    def begin(self, present: Known) -> None:
        """Begin to change the copy, which is not whole until ``end``."""
        lines = [_line(name, *known) for name, known in present.items()]
        replace_file(self._folder / _BEGUN, "".join(lines).encode(), option="--data")
        with explained(self._folder, option="--data"):
            (self._folder / _RECORD).unlink(missing_ok=True)
            (self._folder / _PARTS).mkdir(exist_ok=True)

    def part(self, file: RemoteFile) -> Path:
        """Where a file is fetched to; its beginning may be there."""
        key = hashlib.sha256(f"{file.name}\n{file.tag}".encode()).hexdigest()
        return self._folder / _PARTS / key[:32]

    def keep(self, file: RemoteFile, part: Path) -> None:
        """Put a file that was fetched into its place."""
        target = self._target(file.name)
        line = _line(file.name, file.size, file.tag).encode()
        with explained(target, option="--data"):
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
            with self._writing, (self._folder / _BEGUN).open("ab") as begun:
                begun.write(line)

    def end(self, files: Sequence[RemoteFile]) -> None:
        """Say that the copy is whole and consists of these files."""
        _remove_others(self._folder / _CONTENT, {self._target(f.name) for f in files})
        values = {
            "url": public(self.url),
            "bytes": sum(file.size or 0 for file in files),
            "files": {file.name: (file.size, file.tag) for file in files},
        }
        text = json.dumps(values)
        replace_file(self._folder / _RECORD, text.encode(), option="--data")
        shutil.rmtree(self._folder / _PARTS, ignore_errors=True)
        (self._folder / _BEGUN).unlink(missing_ok=True)

    def _target(self, name: str) -> Path:
        return self.path / name if name else self.path


class OtherCopy:
    """A copy that may be deleted to make room.

    Args:
        folder: Of the copy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def last_use(self) -> float:
        record = self._folder / _RECORD
        return (record if record.exists() else self._folder).stat().st_mtime

    @property
    def size(self) -> int:
        """Bytes of its files."""
        with suppress(OSError, ValueError, LookupError, TypeError):
            return int(json.loads((self._folder / _RECORD).read_bytes())["bytes"])
        paths = (path for path in self._folder.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in paths)

    def remove_if_free(self) -> bool:
        """Delete it unless a process uses it."""
        with _lock_file(self._folder).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            shutil.rmtree(self._folder, ignore_errors=True)
        return not self._folder.exists()


def copies(root: Path, *, but: Copy) -> dict[OtherCopy, int]:
    """Other copies and their sizes, those used least recently first."""
    own = slug(but.url)
    folders = [path for path in root.iterdir() if path.is_dir() and path.name != own]
    found = sorted(map(OtherCopy, folders), key=lambda copy: copy.last_use)
    return {copy: copy.size for copy in found}


def _lock_file(folder: Path) -> Path:
    """Lies beside the copy, since a lock on a file that is deleted locks nothing."""
    return folder.with_name(f"{folder.name}.used")


def _has_size(path: Path, size: int | None) -> bool:
    try:
        found = path.stat().st_size
    except OSError:
        return False
    return size is None or found == size


def _line(name: str, size: int | None, tag: str) -> str:
    return json.dumps([name, size, tag]) + "\n"


def _read_record(path: Path) -> Known:
    with suppress(OSError, ValueError, LookupError, TypeError):
        files: Mapping[str, Any] = json.loads(path.read_bytes())["files"]
        return {name: (size, tag) for name, (size, tag) in files.items()}
    return {}


def _read_lines(path: Path) -> Known:
    known: Known = {}
    with suppress(OSError), path.open("rb") as file:
        for line in file:
            with suppress(ValueError, TypeError):  # the process died while it wrote
                name, size, tag = json.loads(line)
                known[name] = (size, tag)
    return known


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    """Delete files that are no longer at the URL, and folders that are empty then."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            with suppress(OSError):  # it holds something
                path.rmdir()
        elif path not in wanted:
            path.unlink()
