"""Stores of every schema version are read, and a copy is kept before one changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import WriteError
from bench.records import Role, StudyState, TrialState
from bench.store import FILE_NAME, SCHEMA_VERSION, Store, inspect

VERSIONS = range(1, SCHEMA_VERSION + 1)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_store_of_every_schema_is_read(
    unpack_asset: Callable[[int], Path], version: int, read_only: bool
) -> None:
    folder = unpack_asset(version)
    with Store(folder, read_only=read_only) as store:
        (study,) = store.studies()
        assert study.state is StudyState.FINISHED
        trials = store.trials(study.id)
        assert [trial.state for trial in trials] == [TrialState.FINISHED] * 2
        assert len(store.epochs(study.id, Role.TRIAL, 0)) == 2
        (final,) = store.finals(study.id)
        assert 0 < final.metrics["test_accuracy"] <= 1
        probabilities = store.outputs(study.id, final.seed)["probabilities"]
        assert probabilities.shape == (study.task.test, 3)
        assert store.samples(study.task.fingerprint).test_images.shape[1:] == (6, 6, 1)
        assert {row.name for row in store.references(study.test)} >= {"prior"}
    assert inspect(folder).is_whole


@pytest.mark.parametrize("version", VERSIONS)
def test_reading_leaves_an_old_store_as_it_is(
    unpack_asset: Callable[[int], Path], version: int
) -> None:
    folder = unpack_asset(version)
    before = (folder / FILE_NAME).read_bytes()
    with Store(folder, read_only=True) as store:
        assert store.studies()
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {FILE_NAME: before}


def test_copy_is_kept_before_the_schema_changes(
    unpack_asset: Callable[[int], Path],
) -> None:
    folder = unpack_asset(1)
    with Store(folder) as store:
        assert store.backup == folder / f"{FILE_NAME}.schema-1.backup"
    with Store(folder) as store:
        assert store.backup is None
    versions = {}
    for path in folder.iterdir():
        sql = sqlite3.connect(path)
        versions[path.name] = sql.execute("PRAGMA user_version").fetchone()[0]
        assert sql.execute("SELECT count(*) FROM finals").fetchone() == (1,)
        sql.close()
    assert versions == {FILE_NAME: SCHEMA_VERSION, f"{FILE_NAME}.schema-1.backup": 1}


def test_store_stays_as_it_is_where_no_copy_can_be_kept(
    unpack_asset: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpack_asset(1)
    before = (folder / FILE_NAME).read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteError, match=r"schema-1\.backup.*needs 52 KiB"):
        Store(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {FILE_NAME: before}
