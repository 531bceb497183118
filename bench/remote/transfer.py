"""Files sent and fetched over a network, several at once, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import TypeVar

from bench.files import explained
from bench.remote.failures import persistently
from bench.remote.filesystem import RemoteFile, RemoteFolder
from bench.remote.urls import is_web

PIECE = 8 * 2**20
"""Bytes that are asked for at once; what failed is asked for again."""

_AT_ONCE = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


def parallel(action: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Do something for each of several items at once, in threads.

    The first error ends what has not begun yet, and is raised.

    Returns:
        The results in the order of the items.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(action, item) for item in items]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [future.result() for future in futures]


def fetch(
    folder: RemoteFolder,
    file: RemoteFile,
    to: Path,
    *,
    tell: Callable[[int], None] = lambda size: None,
    option: str = "--data",
) -> None:
    """Fetch a file; what an earlier attempt has left of it is gone on with.

    Args:
        folder: In which it lies.
        file: The file.
        to: Where it is written, in a folder that is there; a beginning of the same
            content may be there already.
        tell: Told of numbers of bytes as they arrive.
        option: Names another folder for the file.

    Raises:
        RemoteError: It can't be fetched; what was fetched stays.
        WriteError: It can't be written.
    """
    if file.size is None or file.size <= PIECE:
        content = persistently(lambda: _whole(folder, file), folder.url)
        with explained(to, size=len(content), option=option):
            to.write_bytes(content)
        tell(len(content))
        return
    with explained(to, size=file.size, option=option):
        begun = to.stat().st_size if to.exists() else 0
    tell(begun)
    while begun < file.size:
        piece = persistently(partial(_piece, folder, file, begun), folder.url)
        if piece is None:
            _fetch_at_once(folder, file, to)
            return
        with explained(to, size=file.size, option=option), to.open("ab") as written:
            written.write(piece)
        begun += len(piece)
        tell(len(piece))


def send(folder: RemoteFolder, path: Path, name: str) -> None:
    """Send a file to a name below a URL.

    Raises:
        RemoteError: It can't be sent.
    """
    target = folder.at(name)
    persistently(lambda: folder.system.put_file(str(path), target), folder.url)


def _whole(folder: RemoteFolder, file: RemoteFile) -> bytes:
    content: bytes = folder.system.cat_file(file.path)
    return _checked(content, file.size)


def _piece(folder: RemoteFolder, file: RemoteFile, start: int) -> bytes | None:
    """Some bytes of a file; None from a server that sends nothing but whole files."""
    assert file.size is not None
    end = min(start + PIECE, file.size)
    system, options = folder.system, {}
    if is_web(folder.url):
        options["size"] = file.size  # else it is asked for with every piece
    with system.open(
        file.path, "rb", block_size=PIECE, cache_type="none", **options
    ) as remote:
        remote.seek(start)
        try:
            content: bytes = remote.read(end - start)
        except ValueError:
            if start and is_web(folder.url):
                return None
            raise
    return _checked(content, end - start)


def _fetch_at_once(folder: RemoteFolder, file: RemoteFile, to: Path) -> None:
    def fetch_once() -> None:
        folder.system.get_file(file.path, str(to))
        if to.stat().st_size != file.size:
            raise ConnectionError(f"{to.stat().st_size:,} of {file.size:,} bytes came")

    persistently(fetch_once, folder.url)


def _checked(content: bytes, size: int | None) -> bytes:
    if size is not None and len(content) != size:
        raise ConnectionError(f"{len(content):,} of {size:,} bytes came")
    return content
