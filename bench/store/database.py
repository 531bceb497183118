"""The file of a store: created, recognized or refused, written in transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import StoreError
from bench.store.uninterrupted import uninterrupted

FILE_NAME = "bench.sqlite3"
SCHEMA_VERSION = 2
APPLICATION_ID = 0x6B6C6264
"""Marks an SQLite file as a store of this toolkit."""

_SCHEMA = """
CREATE TABLE tasks (
    fingerprint TEXT PRIMARY KEY, record TEXT NOT NULL, samples BLOB NOT NULL
);
CREATE TABLE studies (
    id TEXT PRIMARY KEY, task TEXT NOT NULL REFERENCES tasks (fingerprint),
    spec TEXT NOT NULL, state TEXT NOT NULL, created REAL NOT NULL,
    seconds REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '',
    lookahead INTEGER NOT NULL, versions TEXT NOT NULL
);
CREATE TABLE trials (
    study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, proposal TEXT NOT NULL, seed INTEGER NOT NULL,
    state TEXT NOT NULL, started REAL NOT NULL, ended REAL, result TEXT,
    PRIMARY KEY (study, number)
);
CREATE TABLE epochs (
    study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    role TEXT NOT NULL, number INTEGER NOT NULL, epoch INTEGER NOT NULL,
    metrics TEXT NOT NULL, seconds REAL NOT NULL, ended REAL NOT NULL,
    PRIMARY KEY (study, role, number, epoch)
);
CREATE TABLE finals (
    study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    role TEXT NOT NULL, seed INTEGER NOT NULL,
    record TEXT NOT NULL, predictions BLOB NOT NULL,
    PRIMARY KEY (study, role, seed)
);
CREATE TABLE reference_rows (
    test_fingerprint TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (test_fingerprint, name)
);
"""

_MIGRATIONS = {
    # The default configuration of a family has final trainings too.
    1: """
ALTER TABLE finals RENAME TO old_finals;
CREATE TABLE finals (
    study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    role TEXT NOT NULL, seed INTEGER NOT NULL,
    record TEXT NOT NULL, predictions BLOB NOT NULL,
    PRIMARY KEY (study, role, seed)
);
INSERT INTO finals SELECT study, 'final', seed, record, predictions FROM old_finals;
DROP TABLE old_finals;
""",
}
"""Statements that bring a store from one schema version to the next."""


class Database:
    """The SQLite file of a results folder.

    Args:
        folder: The results folder; created if it is missing, unless read only.
        read_only: Refuse to create or change anything.

    Raises:
        StoreError: The folder can't be written, or its file isn't a store, or the
            store has a newer schema.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        if read_only and not self.path.exists():
            raise StoreError(
                f"a results folder holds a store named {FILE_NAME}; {str(folder)!r} "
                "has none: run a search first, or name another folder with --results"
            )
        self.connection = self._open()
        self._file: tuple[int, int] | None = None
        try:
            self._check_schema(read_only)
            self._file = _identity(self.path)
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        self.connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return sqlite3.connect(self.path, timeout=30, isolation_level=None)
        except (OSError, sqlite3.OperationalError) as error:
            raise self._unwritable(error) from error

    def _check_schema(self, read_only: bool) -> None:
        sql = self.connection
        try:
            application = sql.execute("PRAGMA application_id").fetchone()[0]
            version = sql.execute("PRAGMA user_version").fetchone()[0]
            tables = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            is_empty = application == 0 and version == 0 and tables == 0
            if is_empty and not read_only:
                self._create_schema()
                application, version = APPLICATION_ID, SCHEMA_VERSION
            sql.execute("PRAGMA foreign_keys = ON")
            sql.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error
        except sqlite3.DatabaseError as error:
            raise self._foreign() from error
        if application != APPLICATION_ID:
            raise self._foreign()
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"this version reads stores up to schema {SCHEMA_VERSION}; "
                f"{str(self.path)!r} has schema {version}: update the toolkit, or name "
                "another folder with --results"
            )
        for old in range(version, SCHEMA_VERSION):
            self._migrate(old)

    def _migrate(self, version: int) -> None:
        """Bring the store from a schema version to the next, or leave it as it is."""
        with self.transaction() as sql:
            # Another process may have migrated it meanwhile.
            if sql.execute("PRAGMA user_version").fetchone()[0] == version:
                self._execute(_MIGRATIONS[version])
                sql.execute(f"PRAGMA user_version = {version + 1}")

    def _execute(self, statements: str) -> None:
        for statement in statements.split(";")[:-1]:
            self.connection.execute(statement)

    def _create_schema(self) -> None:
        self.connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as sql:
            self._execute(_SCHEMA)
            sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _check_in_place(self) -> None:
        """Refuse to write to a file that nobody would find again.

        SQLite goes on writing to a file that was removed, moved or replaced.
        """
        if self._file is not None and self._file != _identity(self.path):
            raise StoreError(
                f"a store stays in its place while it is written; {str(self.path)!r} "
                "was removed, moved or replaced meanwhile: put it back, or start over "
                "with another folder by --results"
            )

    def _unwritable(self, error: Exception) -> StoreError:
        return StoreError(
            f"the results folder must be writable; {str(self.folder)!r} is not "
            f"({error}): mend its permissions, or name another with --results"
        )

    def _foreign(self) -> StoreError:
        return StoreError(
            f"a file named {FILE_NAME} must be a store of this toolkit; "
            f"{str(self.path)!r} is not: move it away, or name another folder with "
            "--results"
        )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end, or rolled back after an error.

        A signal that ends the process takes effect when the event is recorded.

        Raises:
            StoreError: The store can't be written, or is no longer where it was.
        """
        with uninterrupted():
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise self._unwritable(error) from error
            try:
                self._check_in_place()
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file, whatever its name; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def check_writable(folder: Path) -> None:
    """Refuse a results folder that can't be created or written; create nothing.

    Raises:
        StoreError: The message names the folder that can't be written.
    """
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise StoreError(
            f"the results folder must be writable; {str(folder)!r} is not "
            f"({str(existing)!r} can't be written to): mend its permissions, or name "
            "another with --results"
        )
