"""Pulls the results at a URL into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.errors import RemoteError, UsageError, command, shown
from bench.files import explained, remove_file
from bench.mirror.contents import (
    Contents,
    FileRecord,
    Known,
    Transfer,
    at_url,
    known,
    own_files,
    record,
)
from bench.records import SearchRequest, options_of
from bench.records.options import read
from bench.remote import RemoteFolder, is_url, parallel, public
from bench.remote.filesystem import RemoteFile
from bench.remote.transfer import fetch
from bench.store import FILE_NAME, SCRATCH, locked, snapshot

BEFORE = f"{FILE_NAME}.before-pull"
"""File beside a store that a pull has replaced: what it was before."""


def known_folder(place: str | Path) -> Path:
    """The results folder that a user names, in order to read it.

    Raises:
        UsageError: It is no path, or that of a URL from which nothing was pulled yet.
    """
    folder: Path = read(options_of(SearchRequest)["results"], place)
    if isinstance(place, str) and is_url(place) and not (folder / FILE_NAME).exists():
        url = public(place)
        raise UsageError(
            f"results at a URL are pulled before they are read; {shown(url)} was not: "
            f"{command(f'pull {url}')}"
        )
    return folder


def pull(url: str, folder: Path, *, replaces: bool = False) -> Transfer:
    """Fetch the results at a URL into a folder; what is there already is not fetched.

    Args:
        url: To which a search uploaded.
        folder: A results folder, or none yet.
        replaces: Whether a store is replaced that holds what the URL doesn't; it is
            kept as ``BEFORE``.

    Raises:
        RemoteError: There are no results, or they can't be fetched whole.
        UsageError: The folder's store holds what the URL doesn't.
        StoreError: The folder can't be written, or a search writes to it.
    """
    remote = RemoteFolder(url)
    contents = at_url(remote)
    if contents is None or FILE_NAME not in contents:
        raise RemoteError(
            "results are pulled from where a search uploaded them; "
            f"{shown(public(url))} holds none: check it, or search with --results URL "
            "first"
        )
    with locked(folder), explained(folder, option="--to"):
        scratch = folder / SCRATCH / "pull"  # stays if it fails, to go on from
        scratch.mkdir(parents=True, exist_ok=True)
        done = _pull(remote, folder, contents, scratch, replaces)
        shutil.rmtree(scratch)
        return done


def _pull(
    remote: RemoteFolder,
    folder: Path,
    contents: Contents,
    scratch: Path,
    replaces: bool,
) -> Transfer:
    before = known(folder, remote.url)
    store = _own_store(folder, scratch)
    is_newer = store is not None and store not in (
        contents[FILE_NAME],
        (before.contents or {}).get(FILE_NAME),
    )
    if is_newer and not replaces:
        raise UsageError(
            "a pull replaces no store that holds more than what was pulled or "
            f"uploaded; that of {shown(str(folder))} does: name an empty folder with "
            f"--to, or add --replace, which keeps it as {BEFORE}"
        )
    here: dict[str, FileRecord] = {n: record(p) for n, p in own_files(folder).items()}
    if store is not None:
        here[FILE_NAME] = store
    missing = {n: r for n, r in contents.items() if here.get(n) != r}
    _fetch(remote, missing, scratch)
    if is_newer:
        (folder / BEFORE).unlink(missing_ok=True)
        snapshot(folder, folder / BEFORE)
    _put(folder, missing, scratch)
    for name in (before.contents or {}).keys() - contents.keys():
        remove_file(folder / name)
    Known(url=before.url, contents=contents).write(folder)
    return Transfer(
        verb="pulled",
        files=len(missing),
        bytes=sum(r.bytes for r in missing.values()),
        unchanged=len(contents) - len(missing),
        place=str(folder),
    )


def _own_store(folder: Path, scratch: Path) -> FileRecord | None:
    """What the folder's store is like as an upload has it; None if there is none."""
    if not (folder / FILE_NAME).exists():
        return None
    own = scratch / "own.sqlite3"
    own.unlink(missing_ok=True)
    snapshot(folder, own)
    return record(own)


def _fetch(
    remote: RemoteFolder, missing: Mapping[str, FileRecord], scratch: Path
) -> None:
    """Fetch files, and check that they are those that are listed."""

    def one(name: str) -> None:
        path, wanted = _scratch(scratch, name), missing[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and record(path) == wanted:
            return
        file = RemoteFile(
            name=name, path=remote.at(name), size=wanted.bytes, tag=wanted.sha256
        )
        fetch(remote, file, path, option="--to")
        if record(path) != wanted:
            path.unlink()
            raise RemoteError(
                f"results at a URL are those that are listed there; {shown(name)} at "
                f"{shown(public(remote.url))} is another, as while a search uploads: "
                "give the same command again later"
            )

    parallel(one, missing)


def _put(folder: Path, missing: Mapping[str, FileRecord], scratch: Path) -> None:
    """Put fetched files into their places, the store last."""
    for name in sorted(missing, key=lambda name: name == FILE_NAME):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == FILE_NAME:  # a journal of another store must not be applied to it
            for end in ("-wal", "-shm"):
                target.with_name(f"{FILE_NAME}{end}").unlink(missing_ok=True)
        _scratch(scratch, name).replace(target)


def _scratch(scratch: Path, name: str) -> Path:
    return scratch / "pulled" / name
