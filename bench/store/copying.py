"""Copies chosen studies into a new store, with other texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.store.database import Database
from bench.store.schema import tables
from bench.store.store import Store


def copy_studies(
    folder: Path, to: Path, studies: Collection[str], text: Callable[[str], str]
) -> None:
    """Copy studies into a new store, with the references that they are ranked with.

    Tasks remember how often other studies looked at their test split.

    Args:
        folder: Folder of the store; nothing is written to it.
        to: Folder of the new store.
        studies: Identities of the studies.
        text: Makes of every text that is copied the one that is written.

    Raises:
        StoreError: The store can't be read, or the new one can't be written.
    """
    with closing(Database(folder, read_only=True)) as old, closing(Database(to)) as new:
        _copy(old, new, text)
    with Store(to) as store:
        for study in store.studies():
            if study.id not in studies:
                store.remove_study(study.id)
        left = store.studies()
        tests = {study.test for study in left}
        splits = {study.task.test_fingerprint for study in left}
    with closing(Database(to)) as new:
        _remove_others(new, "reference_rows", "test_fingerprint", tests)
        _remove_others(new, "tasks", "record ->> 'test_fingerprint'", splits)
        # What was removed must not be left on free pages, nor in a journal beside.
        new.connection.execute("VACUUM")
        new.connection.execute("PRAGMA journal_mode = DELETE")


def with_texts(value: Any, text: Callable[[str], str]) -> Any:
    """A value of JSON with other texts, names included."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [with_texts(each, text) for each in value]
    if isinstance(value, dict):
        return {text(name): with_texts(each, text) for name, each in value.items()}
    return value


def _copy(old: Database, new: Database, text: Callable[[str], str]) -> None:
    with new.transaction() as sql:
        for table, columns in tables().items():
            marks = ", ".join("?" * len(columns))
            listed = ", ".join(columns)
            query = f"SELECT {listed} FROM {table} ORDER BY rowid"
            for row in old.connection.execute(query):
                values = [_column(value, text) for value in row]
                sql.execute(f"INSERT INTO {table} ({listed}) VALUES ({marks})", values)


def _column(value: Any, text: Callable[[str], str]) -> Any:
    if not isinstance(value, str):
        return value
    if not value.startswith("{"):
        return text(value)
    return json.dumps(with_texts(json.loads(value), text))


def _remove_others(
    database: Database, table: str, column: str, kept: Collection[str]
) -> None:
    marks = ", ".join("?" * len(kept))
    with database.transaction() as sql:
        sql.execute(f"DELETE FROM {table} WHERE {column} NOT IN ({marks})", tuple(kept))
