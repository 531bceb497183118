"""The tables of a store, their versions, and how a file is recognized as a store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE_NAME = "bench.sqlite3"
SCHEMA_VERSION = 3
APPLICATION_ID = 0x6B6C6264
"""Marks an SQLite file as a store of this toolkit."""

MAX_VERSION = 999
"""A higher version was written by no toolkit: the header is damaged."""

SCHEMA = """
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
    predictions BLOB, PRIMARY KEY (test_fingerprint, name)
);
"""

MIGRATIONS = {
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
    # References have predictions, by which they are compared with other rows.
    2: "ALTER TABLE reference_rows ADD COLUMN predictions BLOB;",
}
"""Statements that bring a store from one schema version to the next."""

_OLD_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "reference_rows": ("test_fingerprint", "name", "record")
}

OLD_COLUMNS: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    1: {"finals": ("study", "seed", "record", "predictions"), **_OLD_REFERENCES},
    2: _OLD_REFERENCES,
}
"""Columns of old schema versions, where they differ from those of this version."""

DEFAULTS = {"role": "'final'"}
"""Values of the columns that old schema versions lack, where they aren't NULL."""

_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID_AT = slice(68, 72)
_BYTES_TO_SEARCH = 64 * 1024
_TELLING_TABLES = ("reference_rows", "studies", "trials")


def execute(connection: sqlite3.Connection, statements: str) -> None:
    """Execute statements one by one; a transaction stays open, unlike in a script."""
    for statement in statements.split(";")[:-1]:
        connection.execute(statement)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of a new store, within a transaction."""
    execute(connection, SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@cache
def tables() -> Mapping[str, tuple[str, ...]]:
    """Columns of all tables, in an order in which rows may be inserted."""
    sql = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(sql)
        return _columns(sql)
    finally:
        sql.close()


def difference(connection: sqlite3.Connection, version: int) -> str:
    """How the tables of a store differ from those of its version; empty if not at all.

    Raises:
        sqlite3.DatabaseError: The schema can't be read.
    """
    expected = {**tables(), **OLD_COLUMNS.get(version, {})}
    given = _columns(connection)
    for name, columns in expected.items():
        if name not in given:
            return f"the table {name} is missing"
        if given[name] != columns:
            return f"the table {name} has the columns {', '.join(given[name])}"
    return ""


def is_store(path: Path) -> bool:
    """Whether a file that can't be read as a store may be what is left of one.

    The application id says so, the text of a table of the schema, or the beginning
    that all files of SQLite share: what else such a file held can't be known.
    """
    with path.open("rb") as file:
        start = file.read(_BYTES_TO_SEARCH)
    return (
        start.startswith(_MAGIC)
        or start[_APPLICATION_ID_AT] == APPLICATION_ID.to_bytes(4, "big")
        or any(f"CREATE TABLE {name}".encode() in start for name in _TELLING_TABLES)
    )


def _columns(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
    ).fetchall()
    columns = "SELECT name FROM pragma_table_info(?)"
    return {
        name: tuple(column for (column,) in connection.execute(columns, (name,)))
        for (name,) in names
    }
