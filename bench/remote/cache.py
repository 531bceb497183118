"""Copies of what lies at URLs, in a folder of bounded size."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.errors import RemoteError, WriteError, shown
from bench.files import explained, mebibytes
from bench.remote import transfer
from bench.remote.copies import Copy, copies
from bench.remote.filesystem import RemoteFile, RemoteFolder
from bench.remote.progress import Progress
from bench.remote.urls import is_web, public
from bench.text import complain

FOLDER = "remote"
"""Folder of the copies within the folder of data sets."""


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    """Where copies are kept.

    Attributes:
        folder: Folder of data sets.
        size: Bytes that copies may take together.
        is_quiet: Whether no progress is shown.
    """

    folder: Path
    size: int
    is_quiet: bool = False


def local_copy(url: str, *, is_folder: bool, cache: CacheSettings) -> Path:
    """A copy of what lies at a URL, fetched now as far as it is new or has changed.

    The copy stays as it is as long as this process runs. If the URL can't be reached, a
    copy that was whole once is used as it is, and a line says so.

    Args:
        url: Perhaps with credentials, which are not kept.
        is_folder: Whether a folder lies there, or a file.
        cache: Where the copy is kept; those used least recently make room for it.

    Returns:
        The folder or file; its name is the last part of the URL.

    Raises:
        RemoteError: The URL can't be reached, or what lies there is too large.
        WriteError: The copy can't be written.
    """
    root = cache.folder / FOLDER
    copy = Copy(root, url)
    with explained(root, option="--data"):
        root.mkdir(parents=True, exist_ok=True)
        copy.hold()
    with copy.alone():
        try:
            folder = RemoteFolder(url)
            files = folder.files() if is_folder else [folder.file()]
            if is_web(url):  # whose pages say nothing of files but their names
                files = transfer.parallel(folder.with_info, files)
        except RemoteError as error:
            if not copy.is_whole:
                raise
            complain(f"{error}; the copy of {copy.checked_on} is used until then")
            copy.touch()
            return copy.path
        _bring_up_to_date(copy, folder, files, cache)
    return copy.path


def _bring_up_to_date(
    copy: Copy, folder: RemoteFolder, files: Sequence[RemoteFile], cache: CacheSettings
) -> None:
    present = copy.present()
    wanted = {file.name: (file.size, file.tag) for file in files}
    kept = {name: known for name, known in present.items() if wanted.get(name) == known}
    missing = [file for file in files if file.name not in kept]
    if len(kept) < len(present) and copy.is_used_elsewhere():
        raise RemoteError(
            "a copy stays as it is while a process uses it; what lies at "
            f"{shown(public(copy.url))} has changed, and another process uses the copy "
            "from before: wait for it, or name another folder with --data"
        )
    if missing or len(kept) < len(present):
        _make_room(copy, files, missing, cache)
        copy.begin(kept)
        _fetch(copy, folder, missing, is_quiet=cache.is_quiet)
    copy.end(files)


def _fetch(
    copy: Copy, folder: RemoteFolder, missing: Sequence[RemoteFile], *, is_quiet: bool
) -> None:
    size = sum(file.size or 0 for file in missing)
    with Progress(
        public(folder.url), len(missing), size, is_quiet=is_quiet
    ) as progress:

        def fetch(file: RemoteFile) -> None:
            part = copy.part(file)
            transfer.fetch(folder, file, part, tell=progress.bytes_came)
            copy.keep(file, part)
            progress.file_came()

        transfer.parallel(fetch, missing)


def _make_room(
    copy: Copy,
    files: Sequence[RemoteFile],
    missing: Sequence[RemoteFile],
    cache: CacheSettings,
) -> None:
    """Delete copies that nobody uses, those used least recently first, until it fits.

    Raises:
        RemoteError: The cache may not grow so large.
        WriteError: The disk has too little room.
    """
    root = cache.folder / FOLDER
    whole, new = (sum(file.size or 0 for file in of) for of in (files, missing))
    others = copies(root, but=copy)
    taken = sum(others.values())
    fits = partial(_fits, root, whole, new, cache.size)
    if whole <= cache.size:  # else nothing that could be deleted would help
        for other, size in others.items():
            if fits(taken):
                return
            if other.remove_if_free():
                taken -= size
    if fits(taken):
        return
    url = shown(public(copy.url))
    if whole + taken > cache.size:
        is_used = whole <= cache.size
        used = f", and {mebibytes(taken)} are in use" if is_used else ""
        raise RemoteError(
            f"images from URLs take at most {mebibytes(cache.size)} on this disk; "
            f"{url} takes {mebibytes(whole)}{used}: allow more with --cache-size"
        )
    raise WriteError(
        f"a disk must have room for what is fetched; {url} needs {mebibytes(new)} and "
        f"{str(root)!r} has {mebibytes(shutil.disk_usage(root).free)}: free some, or "
        "name a folder on another disk with --data, then give the same command again"
    )


def _fits(root: Path, whole: int, new: int, limit: int, taken: int) -> bool:
    return whole + taken <= limit and new <= shutil.disk_usage(root).free
