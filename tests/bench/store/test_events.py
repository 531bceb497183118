"""Events that are recorded while the file moves or a signal comes."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.store import FILE_NAME, Store
from bench.store.database import Database


def remove_file(folder: Path) -> None:
    (folder / FILE_NAME).unlink()


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def move_folder(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))


def replace_by_another_store(folder: Path) -> None:
    move_folder(folder)
    Store(folder).close()


def replace_by_a_copy(folder: Path) -> None:
    copy = folder / "copy"
    shutil.copy(folder / FILE_NAME, copy)
    copy.replace(folder / FILE_NAME)


@pytest.mark.parametrize(
    "disturb",
    [
        remove_file,
        remove_folder,
        move_folder,
        replace_by_another_store,
        replace_by_a_copy,
    ],
)
def test_next_event_notices_that_the_store_is_gone(
    disturb: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    with Store(folder) as store:
        store.add_seconds("study", 1.0)
        disturb(folder)
        with pytest.raises(StoreError, match="removed, moved or replaced"):
            store.add_seconds("study", 1.0)


def add_row(database: Database, signal_number: int) -> None:
    """Record an event in whose midst a signal comes."""
    with database.transaction() as sql:
        sql.execute("INSERT INTO reference_rows VALUES ('test', 'prior', '{}', NULL)")
        signal.raise_signal(signal_number)
        sql.execute("INSERT INTO reference_rows VALUES ('test', 'noise', '{}', NULL)")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_event_is_recorded_before_a_signal_takes_effect(
    name: str, tmp_path: Path
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt(name)

    number = getattr(signal, name)
    before = signal.signal(number, interrupt)
    database = Database(tmp_path)
    try:
        with pytest.raises(KeyboardInterrupt, match=name):
            add_row(database, number)
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, before)
    count = database.connection.execute("SELECT count(*) FROM reference_rows")
    assert count.fetchone() == (2,)
    database.close()


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        database = Database(tmp_path)
        with database.transaction():
            signal.raise_signal(signal.SIGHUP)
        database.close()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
