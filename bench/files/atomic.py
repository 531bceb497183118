"""Replacing files so that a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import StoreError


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A scratch file that replaces ``path`` when the block ends without an error.

    It lies in the same folder, which is created if it is missing. After an error the
    scratch file is removed and ``path`` is as it was.

    Raises:
        StoreError: The folder can't be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with _refusal_explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield scratch
            scratch.replace(path)
        except BaseException:
            with suppress(OSError):
                scratch.unlink()
            raise


def replace_file(path: Path, content: bytes) -> None:
    """Write a whole file; see ``replaced_file``.

    Raises:
        StoreError: The folder can't be written.
    """
    with replaced_file(path) as scratch:
        scratch.write_bytes(content)


def remove_file(path: Path) -> None:
    """Remove a file that may be gone already.

    Raises:
        StoreError: The folder can't be written.
    """
    with _refusal_explained(path):
        path.unlink(missing_ok=True)


@contextmanager
def _refusal_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the results folder must be writable; {str(path)!r} is not ({error}): "
            "mend its permissions, or name another with --results"
        ) from error
