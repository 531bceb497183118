"""The lock of a results folder: one process at a time writes to its store."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from bench.errors import StoreError
from bench.files import explained, remove_file, replace_file

LOCK = "bench.lock"
"""File that the writer of a store has locked."""

HOLDER = "bench.lock.json"
"""File that says which process that is."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a store; ends with this process at latest.

    Args:
        folder: The results folder; created if it is missing.

    Raises:
        StoreError: Another process writes to the store, or the folder can't be written.
    """
    lock = FileLock(folder / LOCK)
    with explained(folder / LOCK):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreError(
                "one search at a time writes to a results folder; "
                f"{str(folder)!r} is in use by {_holder(folder)}: wait for it, or name "
                "another with --results"
            ) from error
    try:
        replace_file(folder / HOLDER, json.dumps(_this_process()).encode())
        yield
    finally:
        with suppress(StoreError):  # the folder may be gone
            remove_file(folder / HOLDER)
        lock.release()


def is_written(folder: Path) -> bool:
    """Whether a process that writes to a store seems to run."""
    try:
        holder = json.loads((folder / HOLDER).read_bytes())
        is_here = holder["host"] == platform.node()
        return not is_here or psutil.pid_exists(holder["process"])
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _this_process() -> dict[str, str | int]:
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    return {"process": os.getpid(), "host": platform.node(), "since": since}


def _holder(folder: Path) -> str:
    """The process that has locked a store, in words."""
    try:
        holder = json.loads((folder / HOLDER).read_bytes())
        return "process {process} on {host} since {since}".format_map(holder)
    except (OSError, ValueError, LookupError, TypeError):  # it has only just started
        return "another process"
