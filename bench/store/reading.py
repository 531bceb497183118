"""Connections that only read a store, whatever the folder permits."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

_REFUSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")


def connect(path: Path) -> sqlite3.Connection:
    """Connect to a store in order to read it.

    SQLite keeps two files beside a store while it is read. Where they can't be made, as
    in an archive, the store is read as a file that nobody changes; with a journal that
    a killed search left behind, it is copied first.

    Raises:
        sqlite3.DatabaseError: The file can't be read, or is no database.
    """
    try:
        return _readable(path, "mode=rw")
    except sqlite3.OperationalError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(_REFUSED):
            raise
    journal = path.with_name(f"{path.name}-wal")
    if journal.exists() and journal.stat().st_size:
        return _copied(path, journal)
    return _readable(path, "mode=ro&immutable=1")


def in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a database in memory, which may be changed; the original is closed."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    connection.close()
    return copy


def _readable(path: Path, parameters: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{parameters}"
    connection = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _copied(path: Path, journal: Path) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        for file in (path, journal):
            shutil.copy(file, folder)
        return in_memory(_readable(Path(folder) / path.name, "mode=rw"))
