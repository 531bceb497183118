"""Files and folders that can't be a store are refused and stay as they are."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.store import FILE_NAME, SCHEMA_VERSION, Store


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_newer_schema_is_refused_and_left_alone(results: Path) -> None:
    Store(results).close()
    with sqlite3.connect(results / FILE_NAME) as sql:
        sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    sql.close()
    before = files_of(results)
    with pytest.raises(StoreError, match=f"schema {SCHEMA_VERSION + 1}"):
        Store(results)
    assert files_of(results) == before


OLD_FINALS = """
DROP TABLE finals;
CREATE TABLE finals (
    study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    seed INTEGER NOT NULL, record TEXT NOT NULL, predictions BLOB NOT NULL,
    PRIMARY KEY (study, seed)
);
INSERT INTO tasks VALUES ('task', '{}', x'00');
INSERT INTO studies (id, task, spec, state, created, lookahead, versions)
VALUES ('study', 'task', '{}', 'finished', 1.0, 0, '{}');
INSERT INTO finals VALUES ('study', 7, '{"seed": 7}', x'01');
ALTER TABLE reference_rows DROP COLUMN predictions;
PRAGMA user_version = 1;
"""
"""Turns a new store into one of schema 1, with a final training."""


def test_store_of_the_first_schema_is_migrated(results: Path) -> None:
    Store(results).close()
    with sqlite3.connect(results / FILE_NAME) as sql:
        sql.executescript(OLD_FINALS)
    sql.close()
    for _ in range(2):
        Store(results).close()
    with sqlite3.connect(results / FILE_NAME) as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        rows = sql.execute("SELECT * FROM finals").fetchall()
        assert rows == [("study", "final", 7, '{"seed": 7}', b"\x01")]
        sql.execute("PRAGMA foreign_keys = ON")
        sql.execute("DELETE FROM studies")
        assert sql.execute("SELECT count(*) FROM finals").fetchone() == (0,)
    sql.close()


def make_text(path: Path) -> None:
    path.write_text("these are my notes\n" * 100)


def make_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as sql:
        sql.execute("CREATE TABLE notes (text)")
    sql.close()


@pytest.mark.parametrize("make", [make_text, make_foreign_database])
@pytest.mark.parametrize("read_only", [False, True])
def test_file_that_is_no_store_is_refused_and_left_alone(
    results: Path, make: Callable[[Path], None], read_only: bool
) -> None:
    results.mkdir()
    make(results / FILE_NAME)
    before = files_of(results)
    with pytest.raises(StoreError, match="must be a store of this toolkit"):
        Store(results, read_only=read_only)
    assert files_of(results) == before


def test_empty_file_becomes_a_store_only_when_written(results: Path) -> None:
    results.mkdir()
    (results / FILE_NAME).touch()
    with pytest.raises(StoreError):
        Store(results, read_only=True)
    assert files_of(results) == {FILE_NAME: b""}
    with Store(results) as store:
        assert store.studies() == []


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_folder_that_cannot_be_made_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    folder = tmp_path / "file" / below
    with pytest.raises(StoreError, match="must be writable") as refused:
        Store(folder)
    assert repr(str(folder)) in str(refused.value)
    assert files_of(tmp_path) == {"file": b"mine"}


def test_folder_in_place_of_the_file_is_refused(results: Path) -> None:
    (results / FILE_NAME).mkdir(parents=True)
    with pytest.raises(StoreError, match="must be writable"):
        Store(results)


def test_reading_a_missing_store_creates_nothing(results: Path) -> None:
    with pytest.raises(StoreError, match="run a search first"):
        Store(results, read_only=True)
    assert not results.exists()
