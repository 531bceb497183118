"""A copy of a store as it is at one instant, while its study goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.files import explained
from bench.store.database import Database


def snapshot(folder: Path, to: Path) -> None:
    """Copy the store of a results folder into a file.

    Stores with the same content give files with the same content.

    Args:
        folder: The results folder; nothing is written to it.
        to: The file, which isn't there yet.

    Raises:
        StoreError: The store can't be read, or the file can't be written.
    """
    with closing(Database(folder, read_only=True)) as store, explained(to):
        # Not by SQLite's backup, whose file depends on how the content came about.
        store.connection.execute("PRAGMA query_only = OFF")  # it forbids this too
        store.connection.execute("VACUUM INTO ?", (str(to),))
        with closing(sqlite3.connect(to)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA schema_version = 1")  # counts how often it was copied
