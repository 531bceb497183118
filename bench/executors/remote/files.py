"""Files of the search's machine that requests read and write on other machines.

A node that sees the folder of the search, as its own machine and those with a shared
file system do, uses the files where they lie. Any other node has a copy of each, which
is fetched once, piece by piece, and checked; what requests write there is brought back.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from bench.errors import BenchError, StudyError
from bench.files import replaced_file

PIECE = 8 * 2**20
"""Bytes of a file that are sent at once."""

MARK = ".done"
"""Suffix of empty files that say which parts of an array beside them are whole."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files that a request uses, by their paths on the search's machine.

    Attributes:
        read: Files that it reads; those that don't exist are left out.
        written: Files that it may write, and that nodes don't need afterwards.
        continued: Files that it may write, and that other requests may read.
        shared: Folders of arrays that several processes fill part by part, with marks
            of whole parts, see ``MARK``.
    """

    read: tuple[Path, ...] = ()
    written: tuple[Path, ...] = ()
    continued: tuple[Path, ...] = ()
    shared: tuple[Path, ...] = ()

    @property
    def folders(self) -> set[Path]:
        """Folders of which nodes keep copies until the search ends."""
        files = (*self.read, *self.continued)
        return {*(path.parent for path in files), *self.shared}


class State(NamedTuple):
    """What tells whether a copy of a file is still the file."""

    size: int
    changed: int
    checksum: str


class FileServer:
    """Reads and writes files on the search's machine, for nodes that don't see them."""

    def __init__(self) -> None:
        self._states: dict[Path, State] = {}

    def state(self, path: Path) -> State | None:
        """State of a file; None if there is none."""
        try:
            stat = path.stat()
        except OSError:
            return None
        known = self._states.get(path)
        if known is None or known[:2] != (stat.st_size, stat.st_mtime_ns):
            known = State(stat.st_size, stat.st_mtime_ns, _checksum(path))
            self._states[path] = known
        return known

    def read(self, path: Path, start: int) -> bytes:
        """A piece of a file; empty at its end."""
        with path.open("rb") as file:
            file.seek(start)
            return file.read(PIECE)

    def write(self, path: Path, sender: str, start: int, piece: bytes) -> None:
        """Write a piece of a file that is not whole yet; the first one begins it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _partial(path, sender).open("r+b" if start else "wb") as file:
            file.seek(start)
            file.write(piece)

    def finish(self, path: Path, sender: str, checksum: str, replaces: bool) -> bool:
        """Put a file in its place, all of whose pieces were written.

        Args:
            path: Of the file.
            sender: As ``write`` got it.
            checksum: Of the file as it was sent.
            replaces: Whether it takes the place of a file that is there.

        Returns:
            Whether it is in its place.

        Raises:
            StudyError: It has changed on its way.
        """
        partial = _partial(path, sender)
        if _checksum(partial) != checksum:
            partial.unlink()
            raise _changed(path)
        if path.exists() and not replaces:
            partial.unlink()
            return False
        partial.replace(path)
        return True

    def names(self, folder: Path) -> list[str]:
        """Names of the files in a folder; none if there is no folder."""
        return sorted(path.name for path in folder.glob("*") if path.is_file())


class NodeFiles:
    """The files of a search as a node has them.

    Args:
        call: Calls a method of the search's ``FileServer``.
        root: Folder of the node's copies; None if the node sees the files themselves.
    """

    def __init__(self, call: Callable[..., Any], root: Path | None) -> None:
        self._call = call
        self.root = root
        self._sender = uuid.uuid4().hex  # several nodes may send the same file at once

    def fetch(self, files: Files) -> None:
        """Copy what a request reads, as far as the node lacks it."""
        if self.root is None:
            return
        for path in files.read:
            self._fetch(path)
        for folder in files.shared:
            self._fetch_shared(folder)
        for path in (*files.written, *files.continued):
            place_of(self.root, path).parent.mkdir(parents=True, exist_ok=True)

    def bring_back(self, files: Files) -> None:
        """Copy what a request has written to the search's machine."""
        if self.root is None:
            return
        for path in (*files.written, *files.continued):
            copy = place_of(self.root, path)
            if copy.exists():
                self._send(path)
            if path in files.written:
                copy.unlink(missing_ok=True)
        for folder in files.shared:
            # A training is not lost with them: other nodes compute them again.
            with suppress(BenchError, OSError):
                self._send_shared(folder)

    def _fetch(self, path: Path) -> None:
        assert self.root is not None
        copy = place_of(self.root, path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        note = copy.with_name(f"{copy.name}.checksum")
        with FileLock(copy.with_name(f"{copy.name}.lock")):
            state = self._call("state", path)
            if state is None:
                copy.unlink(missing_ok=True)
            elif not (copy.exists() and _noted(note) == state.checksum):
                note.unlink(missing_ok=True)
                self._copy(path, copy)
                if _checksum(copy) != state.checksum:
                    raise _changed(path)
                note.write_text(json.dumps(state.checksum))

    def _copy(self, path: Path, copy: Path) -> None:
        with replaced_file(copy) as scratch, scratch.open("wb") as file:
            while piece := self._call("read", path, file.tell()):
                file.write(piece)

    def _send(self, path: Path, *, replaces: bool = True) -> bool:
        """Send a file; see ``FileServer.finish``."""
        assert self.root is not None
        copy = place_of(self.root, path)
        for start, piece in _pieces(copy):
            self._call("write", path, self._sender, start, piece)
        is_placed: bool = self._call(
            "finish", path, self._sender, _checksum(copy), replaces
        )
        return is_placed

    # An array may be filled while it is copied. Parts whose marks were there before are
    # whole in the copy; the others are computed again. The first node's array stays:
    # its marks may name parts that the array of another node lacks.

    def _fetch_shared(self, folder: Path) -> None:
        assert self.root is not None
        copy = place_of(self.root, folder)
        names = self._call("names", folder)
        copy.mkdir(parents=True, exist_ok=True)
        with FileLock(copy.parent / f"{copy.name}.lock"):
            for name in _missing_arrays(names, _names(copy)):
                self._copy(folder / name, copy / name)
                for mark in _marks(name, names):
                    content = self._call("read", folder / mark, 0)
                    (copy / mark).write_bytes(content)

    def _send_shared(self, folder: Path) -> None:
        assert self.root is not None
        copy = place_of(self.root, folder)
        names = _names(copy)
        for name in _missing_arrays(names, self._call("names", folder)):
            if self._send(folder / name, replaces=False):
                for mark in _marks(name, names):
                    self._send(folder / mark)


def place_of(root: Path | None, path: Path) -> Path:
    """Where a node has a file of the search's machine; see ``NodeFiles``."""
    return path if root is None else root / path.relative_to(path.anchor)


def root_of(node: str) -> Path:
    """Folder of this machine for the copies that a node has."""
    folder = Path(tempfile.gettempdir(), f"keras-leaderboard-{getpass.getuser()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise StudyError(
            f"copies of a search's files need a folder of this user; {str(folder)!r} "
            "belongs to another: remove it, or set TMPDIR on the node"
        )
    return folder / node[:16]


def remove_copies(node: str, folders: Iterable[Path]) -> None:
    """Remove what a node has of some folders of the search's machine."""
    for folder in folders:
        shutil.rmtree(place_of(root_of(node), folder), ignore_errors=True)


def _missing_arrays(names: list[str], there: list[str]) -> Iterator[str]:
    return (n for n in names if n.endswith(".npy") and n not in there)


def _marks(array: str, names: list[str]) -> Iterator[str]:
    stem = array.removesuffix(".npy")
    return (n for n in names if n.startswith(f"{stem}-") and n.endswith(MARK))


def _names(folder: Path) -> list[str]:
    return FileServer().names(folder)


def _pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """Pieces of a file, at least one, each with where it starts."""
    with path.open("rb") as file:
        yield 0, file.read(PIECE)
        while piece := file.read(PIECE):
            yield file.tell() - len(piece), piece


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text()))
    except (OSError, ValueError):
        return None


def _partial(path: Path, sender: str) -> Path:
    return path.with_name(f".{path.name}.{sender}.partial")


def _changed(path: Path) -> StudyError:
    return StudyError(
        f"files must reach the nodes of a cluster as they are; {str(path)!r} changed "
        "on its way: give the same command again"
    )
