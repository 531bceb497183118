"""Uploads a results folder to its URL: what has changed of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.errors import RefusedError, RemoteError, command, shown
from bench.files import explained
from bench.mirror.contents import (
    CONTENTS,
    Contents,
    Known,
    Transfer,
    as_json,
    at_url,
    known,
    own_files,
    record,
)
from bench.remote import RemoteFolder, parallel, public, send
from bench.store import FILE_NAME, SCRATCH, snapshot
from bench.text import complain

_ABOUT = "about.txt"
_ABOUT_TEXT = b"Results of keras-leaderboard; python -m bench pull URL fetches them.\n"


def begin(results: Path, url: str) -> None:
    """Check before a search that its results can be uploaded when it ends.

    A network that fails now may hold then, so a line says so and that is all.

    Raises:
        RefusedError: The URL leads to nothing, can't be written, or holds results that
            this folder doesn't.
    """
    try:
        folder = RemoteFolder(url)
        if at_url(folder) is None:
            folder.write(_ABOUT, _ABOUT_TEXT)
        else:
            _base(folder, known(results, url))
    except RefusedError:
        raise
    except RemoteError as error:
        complain(f"the results may stay on this machine: {error}")


def upload(results: Path, url: str) -> Transfer:
    """Upload what has changed of a results folder since the last time.

    The list of files is sent last: until then whoever pulls sees the list before.

    Raises:
        RemoteError: Something can't be sent; the next upload makes up for it.
        RefusedError: As for ``begin``.
        WriteError: The snapshot of the store can't be written.
    """
    folder = RemoteFolder(url)
    before = known(results, url)
    base = _base(folder, before) or {}
    scratch = results / SCRATCH
    with explained(scratch):
        scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as temporary:
        store = Path(temporary) / FILE_NAME
        snapshot(results, store)
        paths = {**own_files(results), FILE_NAME: store}
        contents = {name: record(path) for name, path in paths.items()}
        changed = [name for name in contents if base.get(name) != contents[name]]
        Known(url=before.url, contents=base, sending=contents).write(results)
        parallel(lambda name: send(folder, paths[name], name), changed)
        if changed or len(base) > len(contents):
            folder.write(CONTENTS, as_json(contents))
    Known(url=before.url, contents=contents).write(results)
    parallel(folder.remove, [name for name in base if name not in contents])
    return Transfer(
        verb="uploaded",
        files=len(changed),
        bytes=sum(contents[name].bytes for name in changed),
        unchanged=len(contents) - len(changed),
        place=public(url),
    )


def _base(folder: RemoteFolder, before: Known) -> Contents | None:
    """What lies at the URL, if nobody else has uploaded there.

    Raises:
        RefusedError: Somebody has.
    """
    there = at_url(folder)
    if there is None or there in (before.contents, before.sending):
        return there
    url = public(folder.url)
    raise RefusedError(
        "results of two machines are not merged; "
        f"{shown(url)} holds some that this one hasn't: {command(f'pull {url}')}, "
        "then give the same command again, or give another URL"
    )
