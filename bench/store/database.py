"""The file of a store: created, recognized or refused, written in transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from bench.errors import DamagedStoreError, StoreError, command
from bench.files import damaged, explained, replaced_file, unwritable
from bench.store import reading
from bench.store.place import Place
from bench.store.schema import (
    APPLICATION_ID,
    FILE_NAME,
    MAX_VERSION,
    MIGRATIONS,
    SCHEMA_VERSION,
    create,
    difference,
    execute,
    is_store,
)
from bench.store.uninterrupted import uninterrupted

Record = TypeVar("Record")


class Database:
    """The SQLite file of a results folder.

    Args:
        folder: The results folder; created if it is missing, unless read only.
        read_only: Refuse to create or change anything.

    Attributes:
        backup: Copy of the store as it was before its schema was brought up to date;
            None if it was up to date.

    Raises:
        StoreError: The folder can't be written, its file isn't a store or is damaged,
            or the store has a newer schema.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self.backup: Path | None = None
        self._place: Place | None = None
        if read_only:
            self._check_readable()
        with self._explained():
            self.connection = reading.connect(self.path) if read_only else self._open()
        try:
            with self._explained():
                self._check(read_only)
            self._place = Place(self.path)
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        with self._explained():
            self.connection.close()

    def records(
        self,
        kind: str,
        of: Callable[[tuple[Any, ...]], Record],
        sql: str,
        parameters: Sequence[Any] = (),
    ) -> list[Record]:
        """The records of a query.

        Args:
            kind: What a row holds, for people.
            of: Turns a row into a record, or raises any error.
            sql: The query.
            parameters: Of the query.

        Raises:
            DamagedStoreError: SQLite can't make sense of the file, or a row is no
                record of its kind.
        """
        with self._explained():
            rows = self.connection.execute(sql, parameters).fetchall()
        try:
            return [of(row) for row in rows]
        except Exception as error:  # damaged rows make parsers raise nearly any type
            reason = f"a row can't be read: {kind}: {type(error).__name__}: {error}"
            raise damaged(self.path, reason) from error

    def record(
        self,
        kind: str,
        of: Callable[[tuple[Any, ...]], Record],
        sql: str,
        parameters: Sequence[Any],
    ) -> Record:
        """The only record of a query; see ``records``.

        Raises:
            DamagedStoreError: There is none.
        """
        records = self.records(kind, of, sql, parameters)
        if not records:
            raise damaged(self.path, f"a row is missing: {kind}")
        return records[0]

    @property
    def version(self) -> int:
        """A number that changes when another connection has changed the file."""
        with self._explained():
            version: int = self._value("PRAGMA data_version")
            return version

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """Let all queries see the file as it is at the first one."""
        with self._explained():
            self.connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end, or rolled back after an error.

        A signal that ends the process takes effect when the event is recorded.

        Raises:
            StoreError: The file can't be written, is damaged, or is no longer in its
                place. It is as it was before.
        """
        with uninterrupted(), self._explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                if self._place is not None:
                    self._place.check()
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # On a full disk SQLite has rolled back already.
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    # Opening ---------------------------------------------------------------

    def _check_readable(self) -> None:
        try:
            self.path.open("rb").close()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise StoreError(
                f"a results folder holds a store named {FILE_NAME}; "
                f"{str(self.folder)!r} has none: run a search first, or name another "
                "folder with --results"
            ) from error
        except OSError as error:
            raise StoreError(
                f"a store must be readable; {str(self.path)!r} is not "
                f"({error.strerror}): mend its permissions, or name another folder "
                "with --results"
            ) from error

    def _open(self) -> sqlite3.Connection:
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self.path, timeout=30, isolation_level=None)

    def _check(self, read_only: bool) -> None:
        if self._is_empty():
            if read_only:
                raise StoreError(
                    f"a results folder holds a store of studies; {str(self.path)!r} is "
                    "empty: run a search first, or name another folder with --results"
                )
            self._create_schema()
        version = self._checked_version()
        if not read_only:
            self._check_pages()
        if version < SCHEMA_VERSION:
            if read_only:
                self.connection = reading.in_memory(self.connection)
            else:
                self._back_up(version)
            for old in range(version, SCHEMA_VERSION):
                self._migrate(old)
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute("PRAGMA synchronous = NORMAL")

    def _is_empty(self) -> bool:
        tables = self._value("SELECT count(*) FROM sqlite_master")
        marks = self._value("PRAGMA application_id"), self._value("PRAGMA user_version")
        return tables == 0 and marks == (0, 0)

    def _checked_version(self) -> int:
        """Version of the schema, if the tables are those of a store.

        Raises:
            StoreError: The file is no store, a damaged one, or one that this version
                can't read.
        """
        sql = self.connection
        if self._value("PRAGMA application_id") != APPLICATION_ID:
            # Of a foreign database all tables differ.
            versions = range(1, SCHEMA_VERSION + 1)
            if all(difference(sql, version) for version in versions):
                raise self._foreign()
            raise damaged(self.path, "its mark as a store is lost")
        version: int = self._value("PRAGMA user_version")
        if SCHEMA_VERSION < version <= MAX_VERSION:
            raise StoreError(
                f"this version reads stores up to schema {SCHEMA_VERSION}; "
                f"{str(self.path)!r} has schema {version}: update the toolkit, or name "
                "another folder with --results; if no newer version wrote it, it is "
                f"damaged, and {command('doctor')} says what can be saved"
            )
        if not 1 <= version <= SCHEMA_VERSION:
            raise damaged(self.path, f"there is no schema {version}")
        if reason := difference(sql, version):
            raise damaged(self.path, reason)
        return version

    def _check_pages(self) -> None:
        """Refuse to write to a file whose pages don't fit together."""
        answer = self._value("PRAGMA quick_check(1)")
        if answer != "ok":
            raise damaged(self.path, answer)

    def _back_up(self, version: int) -> None:
        """Keep a copy of the store beside it, before its schema changes."""
        path = self.path.with_name(f"{FILE_NAME}.schema-{version}.backup")
        if path.exists():  # of a migration that a full disk ended
            return
        with replaced_file(path, size=self.path.stat().st_size) as scratch:
            copy = sqlite3.connect(scratch)
            try:
                self.connection.backup(copy)
            finally:
                copy.close()
        self.backup = path

    def _migrate(self, version: int) -> None:
        """Bring the store from a schema version to the next, or leave it as it is."""
        with self.transaction() as sql:
            # Another process may have migrated it meanwhile.
            if sql.execute("PRAGMA user_version").fetchone()[0] == version:
                execute(sql, MIGRATIONS[version])
                sql.execute(f"PRAGMA user_version = {version + 1}")

    def _create_schema(self) -> None:
        self.connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as sql:
            if not self._is_empty():  # another process has made it meanwhile
                return
            create(sql)

    def _value(self, sql: str) -> Any:
        return self.connection.execute(sql).fetchone()[0]

    # Refusing --------------------------------------------------------------

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with explained(self.path):
                yield
        except DamagedStoreError as error:
            if not is_store(self.path):
                raise self._foreign() from error
            raise

    def _foreign(self) -> StoreError:
        return StoreError(
            f"a file named {FILE_NAME} must be a store of this toolkit; "
            f"{str(self.path)!r} is not: move it away, or name another folder with "
            "--results"
        )


def check_writable(folder: Path) -> None:
    """Refuse a results folder that can't be created or written; create nothing.

    Raises:
        WriteError: The message names the folder that can't be written.
    """
    existing = folder.absolute()
    while not os.path.lexists(existing):  # a dangling link is in the way too
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise unwritable(folder, f"{str(existing)!r} can't be written to")
