"""The rows of a store that are whole, read one by one, however damaged its file is."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.files import SQLITE_ERRORS
from bench.store import reading
from bench.store.rowcheck import RowCheck
from bench.store.schema import DEFAULTS, FILE_NAME, create, tables

Row = tuple[Any, ...]

_MAX_PROBES = 200_000
"""Rows that are looked for by number where a table can't be read through."""

_PROBES_AT_END = 4096
"""Rows that are looked for beyond the last one that is known."""

_PAGE = 4096
"""Bytes of a page of SQLite's files."""


@dataclass(kw_only=True)
class Count:
    """How much of a table is whole.

    Attributes:
        whole: Rows that can be saved.
        lost: Rows that are there and damaged, or belong to a row that is lost.
        is_torn: Whether pages of the table are damaged, so that more may be lost.
    """

    whole: int = 0
    lost: int = 0
    is_torn: bool = False

    @property
    def is_complete(self) -> bool:
        return not self.lost and not self.is_torn

    @property
    def lost_text(self) -> str:
        """The number of lost rows, as far as it is known."""
        if not self.is_torn:
            return str(self.lost)
        return f"{self.lost} or more" if self.lost else "some"


@dataclass(kw_only=True)
class Remains:
    """The whole rows of an open store.

    Attributes:
        connection: To the store, or to what is left of it.
        counts: By table, complete once ``rows`` has ended.
    """

    connection: sqlite3.Connection
    counts: dict[str, Count] = field(
        default_factory=lambda: {name: Count() for name in tables()}
    )

    def rows(self) -> Iterator[tuple[str, Row]]:
        """All whole rows with the names of their tables.

        A row comes after the rows that it refers to.
        """
        check = RowCheck()
        for table, count in self.counts.items():
            try:
                columns = self._columns(table)
            except SQLITE_ERRORS:
                count.is_torn = True
                continue
            known = self._rowids(table)
            for rowid in sorted(known | self._between(table, known)):
                row = self._row(table, columns, rowid)
                if row is not None and check.is_whole(table, row):
                    count.whole += 1
                    yield table, row
                elif row is not None or rowid in known:
                    count.lost += 1

    def _columns(self, table: str) -> str:
        """The columns of a table as this version has them, for a query."""
        sql = "SELECT name FROM pragma_table_info(?)"
        given = {name for (name,) in self.connection.execute(sql, (table,))}
        if not given:
            raise sqlite3.DatabaseError(f"the table {table} is missing")
        return ", ".join(
            name if name in given else f"{DEFAULTS.get(name, 'NULL')} AS {name}"
            for name in tables()[table]
        )

    def _rowids(self, table: str) -> set[int]:
        """Numbers of the rows of a table, read from both ends of it and of its index.

        It ends at a damaged page.
        """
        key, index = tables()[table][0], f"sqlite_autoindex_{table}_1"
        found: set[int] = set()
        for source, order in (("NOT INDEXED", "rowid"), (f"INDEXED BY {index}", key)):
            for direction in ("ASC", "DESC"):
                try:
                    for (rowid,) in self.connection.execute(
                        f"SELECT rowid FROM {table} {source} ORDER BY {order} "
                        f"{direction}"
                    ):
                        found.add(rowid)
                except SQLITE_ERRORS:
                    self.counts[table].is_torn = True
        return found

    def _between(self, table: str, known: set[int]) -> set[int]:
        """Numbers that rows between damaged pages may have."""
        if not self.counts[table].is_torn:
            return set()
        last = min(max(known, default=0) + _PROBES_AT_END, _MAX_PROBES)
        return set(range(1, last)) - known

    def _row(self, table: str, columns: str, rowid: int) -> Row | None:
        sql = f"SELECT {columns} FROM {table} NOT INDEXED WHERE rowid = ?"
        try:
            row: Row | None = self.connection.execute(sql, (rowid,)).fetchone()
        except (*SQLITE_ERRORS, MemoryError, OverflowError):
            self.counts[table].is_torn = True
            return None
        return row


@contextmanager
def remains(path: Path) -> Iterator[Remains]:
    """Open what is left of a store.

    If its schema can't be read, a copy of the file gets the first page of a new store,
    which holds the header and the schema: a new store has its tables on the same pages.

    Raises:
        OSError: The file can't be read or copied.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            connection = reading.connect(path)
        except SQLITE_ERRORS:
            connection = reading.connect(_with_new_header(path, Path(folder)))
        try:
            yield Remains(connection=connection)
        finally:
            connection.close()


def _with_new_header(path: Path, folder: Path) -> Path:
    copy, new = folder / FILE_NAME, folder / "new.sqlite3"
    shutil.copy(path, copy)
    connection = sqlite3.connect(new, isolation_level=None)
    create(connection)
    connection.close()
    header = bytearray(new.read_bytes()[:_PAGE])
    # The first page names others that must be there, if only as zeros.
    size = max(copy.stat().st_size, new.stat().st_size)
    pages = -(-size // _PAGE)
    header[28:32] = pages.to_bytes(4, "big")  # length of the file, in pages
    header[32:40] = bytes(8)  # no list of free pages
    with copy.open("r+b") as file:
        file.write(header)
        file.truncate(pages * _PAGE)
    return copy
