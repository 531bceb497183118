"""The place of a store's file, in which it must stay while it is written."""

from __future__ import annotations

from pathlib import Path

from bench.errors import StoreError


class Place:
    """The file that a path names now.

    SQLite goes on writing to a file that was removed, moved or replaced, where nobody
    would find it again.

    Args:
        path: Of the store.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)

    def check(self) -> None:
        """Check that the path still names the same file.

        Raises:
            StoreError: It names another file, or none.
        """
        if _identity(self._path) != self._file:
            raise StoreError(
                f"a store stays in its place while it is written; {str(self._path)!r} "
                "was removed, moved or replaced meanwhile: put it back, or start over "
                "with another folder by --results"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file, whatever its name; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
