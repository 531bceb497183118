"""The files of a results folder that are kept at a URL, and what is known of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bench.errors import RemoteError, shown
from bench.files import mebibytes, replace_file
from bench.records.wording import counted
from bench.remote import RemoteFolder, public
from bench.store import CACHE, FILE_NAME, SCRATCH

CONTENTS = "contents.json"
"""File at the URL that lists the others; written last."""

KNOWN = "mirror.json"
"""File of a results folder that says what lies at its URL."""

_FORMAT = 1

_OWN = (FILE_NAME, "bench.lock", KNOWN)
"""How the names begin of files that belong to one machine."""

_OF_TRACKERS = ("tensorboard", "trackers", "wandb")
"""Folders that trackers write to while files are uploaded; they have a way of their own
to other machines."""

_LEFT_OUT = (CACHE, SCRATCH, *_OF_TRACKERS)


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """What is known of a file.

    Attributes:
        sha256: Of its content.
        bytes: Its size.
    """

    sha256: str
    bytes: int


Contents = Mapping[str, FileRecord]
"""Files by their paths below the folder or URL."""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What was uploaded or pulled.

    Attributes:
        verb: What was done, such as ``uploaded``.
        files: Number of files that had changed.
        bytes: Their size.
        unchanged: Number of the others.
        place: Where to, without credentials.
    """

    verb: str
    files: int
    bytes: int
    unchanged: int
    place: str

    @property
    def text(self) -> str:
        """In words."""
        return (
            f"{self.verb} {counted(self.files, 'file')}, {mebibytes(self.bytes)}, to "
            f"{self.place}; of those there {self.unchanged:,} had not changed"
        )


def record(path: Path) -> FileRecord:
    """What is known of a file on this machine."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileRecord(sha256=digest, bytes=path.stat().st_size)


def own_files(results: Path) -> dict[str, Path]:
    """The files of a results folder that are kept at its URL, but the store."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results)
        is_ours = name.parts[0] in _LEFT_OUT or name.parts[0].startswith(_OWN)
        is_hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not path.is_symlink() and not is_ours and not is_hidden:
            found[name.as_posix()] = path
    return found


def at_url(folder: RemoteFolder) -> Contents | None:
    """The files that lie at a URL; None if there is no list of them.

    Raises:
        RemoteError: It can't be reached, or its list can't be read.
    """
    text = folder.read(CONTENTS)
    if text is None:
        return None
    try:
        values = json.loads(text)
        if values["format"] != _FORMAT:
            raise ValueError(f"its form is {values['format']}, not {_FORMAT}")
        return _contents(values["files"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise RemoteError(
            f"results at a URL are listed in {CONTENTS}; that of "
            f"{shown(public(folder.url))} can't be read ({reason}): give the URL of "
            "results that a search uploaded"
        ) from None


def as_json(contents: Contents) -> bytes:
    """The list of files, as it lies at a URL."""
    return json.dumps({"format": _FORMAT, "files": _plain(contents)}, indent=1).encode()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a results folder knows of its URL.

    Attributes:
        url: Without credentials.
        contents: What lay there after the last upload or pull.
        sending: What an upload began to send, which may have succeeded.
    """

    url: str
    contents: Contents | None = None
    sending: Contents | None = None

    def write(self, results: Path) -> None:
        """Keep it in the results folder.

        Raises:
            WriteError: It can't be written.
        """
        values = {
            "url": self.url,
            "contents": _plain(self.contents),
            "sending": _plain(self.sending),
        }
        replace_file(results / KNOWN, json.dumps(values).encode())


def known(results: Path, url: str) -> Known:
    """What a results folder knows of a URL; nothing if it was another's, or none."""
    nothing = Known(url=public(url))
    try:
        values = json.loads((results / KNOWN).read_bytes())
        if values["url"] != nothing.url:
            return nothing
        both = (values["contents"], values["sending"])
        contents, sending = (None if v is None else _contents(v) for v in both)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return nothing
    return Known(url=nothing.url, contents=contents, sending=sending)


def _plain(contents: Contents | None) -> dict[str, Any] | None:
    if contents is None:
        return None
    return {name: asdict(record) for name, record in contents.items()}


def _contents(values: Mapping[str, Any]) -> Contents:
    for name in values:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{name!r} is no name of a file")
    return {name: FileRecord(**value) for name, value in values.items()}
