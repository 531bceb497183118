"""File systems at URLs; the one module that imports fsspec."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from bench.errors import RefusedError, shown
from bench.remote.failures import explained, persistently
from bench.remote.urls import is_web, public

_CHECKSUMS = ("ETag", "etag", "md5Hash", "Content-MD5", "content_md5", "Digest")
_TIMES = (
    *("LastModified", "Last-Modified", "last_modified"),
    *("mtime", "updated", "modified", "created"),
)
"""What file systems call the checksums and times of files, the best first."""

_TALKATIVE = ("azure", "gcsfs", "s3fs", "fsspec", "aiobotocore", "botocore", "asyncio")
"""Libraries that log on standard error what their exceptions say too."""

_INSTALL = "pip install 'keras-leaderboard[buckets]'"


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file at a URL.

    Attributes:
        name: Its path below the URL that was asked for; empty for that URL itself.
        path: How its file system names it, perhaps with credentials.
        size: In bytes; None if the server doesn't say.
        tag: Changes with the content: its checksum if there is one, else its time.
    """

    name: str
    path: str
    size: int | None
    tag: str


class RemoteFolder:
    """What lies at a URL: a folder, or a single file.

    Args:
        url: Perhaps with credentials.

    Raises:
        RefusedError: fsspec or the package of this kind of URL is not installed, or
            there is no such kind.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.system, self._root = _opened(url)

    def file(self) -> RemoteFile:
        """The URL as a single file.

        Raises:
            RemoteError: There is none, or it can't be reached.
        """
        info = persistently(lambda: self._info(self._root), self.url)
        return _file("", self._root, info)

    def files(self) -> list[RemoteFile]:
        """All files below the URL that aren't hidden, sorted by name.

        Raises:
            RemoteError: There are none, or they can't be reached.
        """
        if is_web(self.url) and "?" in self.url:
            raise RefusedError(
                "a folder of a web server has a URL without a query, which would not "
                f"reach its files; {shown(public(self.url))} was given one: leave it "
                "out, or give npz:URL"
            )
        found = persistently(self._found, self.url)
        if not found:
            raise RefusedError(
                f"a folder at a URL must hold files; {shown(public(self.url))} holds "
                "none: check it"
            )
        return sorted(found, key=lambda file: file.name)

    def read(self, name: str) -> bytes | None:
        """The content of a small file below the URL; None if it isn't there.

        Raises:
            RemoteError: It can't be reached.
        """

        def read() -> bytes | None:
            self.system.invalidate_cache()
            try:
                content: bytes = self.system.cat_file(self.at(name))
            except FileNotFoundError:
                return None
            return content

        return persistently(read, self.url)

    def write(self, name: str, content: bytes) -> None:
        """Write a small file below the URL.

        Raises:
            RemoteError: It can't be written.
        """
        path = self.at(name)
        persistently(lambda: self.system.pipe_file(path, content), self.url)

    def remove(self, name: str) -> None:
        """Remove a file below the URL that may be gone already.

        Raises:
            RemoteError: It can't be removed.
        """

        def remove() -> None:
            with suppress(FileNotFoundError):
                self.system.rm_file(self.at(name))

        persistently(remove, self.url)

    def at(self, name: str) -> str:
        """How the file system names a file below the URL."""
        return f"{self._root.rstrip('/')}/{name}"

    def with_info(self, file: RemoteFile) -> RemoteFile:
        """A file with size and tag, where the listing of its folder lacks them."""
        if file.size is not None or file.tag:
            return file
        info = persistently(lambda: self._info(file.path), self.url)
        return _file(file.name, file.path, info)

    def _info(self, path: str) -> Mapping[str, Any]:
        self.system.invalidate_cache()  # it remembers what it saw
        info: Mapping[str, Any] = self.system.info(path)
        if info.get("type") == "directory":
            raise IsADirectoryError("it is a folder, not a file")
        return info

    def _found(self) -> list[RemoteFile]:
        self.system.invalidate_cache()
        found = self.system.find(self._root, detail=True)
        return list(self._named(found))

    def _named(self, found: Mapping[str, Mapping[str, Any]]) -> Iterable[RemoteFile]:
        start = self._root.rstrip("/") + "/"
        for path, info in found.items():
            name = path.removeprefix(start)
            is_file = path.startswith(start) and info.get("type") != "directory"
            if is_web(self.url):  # links of a page, some of which sort it
                is_file = is_file and "?" not in name
                name = unquote(name)
            if is_file and _is_shown(name):
                yield _file(name, path, info)


def _opened(url: str) -> tuple[Any, str]:
    scheme = url.partition("://")[0]
    for library in _TALKATIVE:
        logging.getLogger(library).addHandler(logging.NullHandler())
    try:
        import fsspec
    except ImportError:
        raise RefusedError(
            f"a URL such as {shown(public(url))} is opened by fsspec, which is not "
            f"installed: {_INSTALL}"
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise RefusedError(
            f"a URL of {scheme}:// needs a package that is not installed ({error}): "
            f"install it; {_INSTALL} brings those of s3, gs, az and https"
        ) from None
    except Exception as error:  # every file system raises errors of its own
        raise explained(error, url) from None
    return system, path


def _is_shown(name: str) -> bool:
    """Whether a name is that of a file which is neither hidden nor somewhere else."""
    if not name or name.endswith("/") or "\0" in name or name.startswith("/"):
        return False
    return not any(part.startswith(".") for part in PurePosixPath(name).parts)


def _file(name: str, path: str, info: Mapping[str, Any]) -> RemoteFile:
    size = info.get("size")
    known = [info[key] for key in (*_CHECKSUMS, *_TIMES) if info.get(key)]
    tag = hashlib.sha256(f"{size} {known[0]}".encode()).hexdigest() if known else ""
    if not known and size is not None:
        tag = str(size)
    return RemoteFile(name=name, path=path, size=size, tag=tag)
