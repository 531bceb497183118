"""Looks a store over, and copies what is whole of a damaged store into a new one."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import BenchError, StoreError
from bench.files import SQLITE_ERRORS, damaged, explained
from bench.records import Role, StudyState
from bench.store.database import Database
from bench.store.remains import Count, Row, remains
from bench.store.schema import FILE_NAME, is_store

_MAX_REASONS = 5
"""Reasons that are given for a damaged file."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is whole in a store.

    Attributes:
        reasons: Why the file is damaged; empty if it is whole.
        counts: How much of each table is whole.
    """

    reasons: tuple[str, ...]
    counts: Mapping[str, Count]

    @property
    def is_whole(self) -> bool:
        return not self.reasons and all(c.is_complete for c in self.counts.values())

    @property
    def summary(self) -> str:
        """What is wrong, in a few words."""
        lost = [name for name, count in self.counts.items() if not count.is_complete]
        return next(iter(self.reasons), f"rows of {', '.join(lost)} can't be read")


@dataclass(kw_only=True)
class _Losses:
    """What a salvaged store lacks, as far as its rows tell."""

    numbers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    last: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, row: Row) -> None:
        """Learn from a whole row."""
        study = row[0]
        if table == "studies":
            self.numbers[study] = set()
            self.last[study] = -1
        elif table == "trials":
            self.numbers[study].add(row[1])
            self.last[study] = max(self.last[study], row[1])
        elif table == "epochs" and row[1] == Role.TRIAL:
            self.last[study] = max(self.last[study], row[2])

    def studies_without_trials(self, count: Count) -> list[str]:
        """Studies that lost trials, or may have.

        Args:
            count: Of the table of trials.
        """
        missing = {
            study: self.last[study] + 1 - len(numbers)
            for study, numbers in self.numbers.items()
        }
        if count.is_torn or sum(missing.values()) < count.lost:
            return list(missing)  # a lost row doesn't say whose it was
        return [study for study, number in missing.items() if number]


def inspect(folder: Path) -> Inspection:
    """Read every page and every row of a store; nothing is changed.

    Raises:
        StoreError: There is no store, or the file can't be read.
    """
    path = _checked(folder)
    with explained(path), remains(path) as left:
        reasons = _reasons(left.connection)
        for _ in left.rows():
            pass
    try:
        Database(folder, read_only=True).close()
    except StoreError as error:
        reasons.append(str(error))
    return Inspection(reasons=tuple(reasons[:_MAX_REASONS]), counts=left.counts)


def blame(folder: Path, error: Exception) -> None:
    """Blame an unexpected error on the store that it was met with, if it is damaged.

    A value that was damaged may be of the right type still, and confuse whatever works
    with it.

    Raises:
        DamagedStoreError: The store is damaged.
    """
    if isinstance(error, BenchError | OSError):
        return
    inspection = inspect(folder)
    if not inspection.is_whole:
        raise damaged(folder / FILE_NAME, inspection.summary) from error


def salvage(folder: Path, to: Path) -> Mapping[str, Count]:
    """Copy every whole row of a store into a new store.

    A study that lost rows is unfinished in the new store: the command of its search
    trains what is missing. If it lost trials its final trainings are left out too,
    since the best configuration may be among those that were lost.

    Args:
        folder: Folder of the damaged store.
        to: Folder of the new store.

    Returns:
        How much of each table was copied.

    Raises:
        StoreError: There is no store, the file can't be read, the new folder can't be
            written or holds a store already.
    """
    path = _checked(folder)
    if (to / FILE_NAME).exists():
        raise StoreError(
            f"what is whole is copied into a new store; {str(to)!r} has one: name "
            "another folder with --to"
        )
    new, losses = Database(to), _Losses()
    try:
        with explained(path), remains(path) as left, new.transaction() as sql:
            for table, row in left.rows():
                marks = ", ".join("?" * len(row))
                # A damaged page may hold a row twice.
                sql.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
                losses.add(table, row)
            _reopen(sql, losses, left.counts)
    except BaseException:
        new.close()
        for path in to.glob(f"{FILE_NAME}*"):  # so that it can be tried again
            path.unlink(missing_ok=True)
        raise
    new.close()
    return left.counts


def _checked(folder: Path) -> Path:
    path = folder / FILE_NAME
    if not path.is_file():
        raise StoreError(
            f"a results folder holds a store named {FILE_NAME}; {str(folder)!r} has "
            "none: name another folder with --results"
        )
    with explained(path):
        if is_store(path):
            return path
    raise StoreError(
        f"a file named {FILE_NAME} must be a store of this toolkit; {str(path)!r} is "
        "not, or nothing of it is left: name another folder with --results"
    )


def _reasons(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with a file, and rows that refer to missing rows."""
    try:
        pages = [text for (text,) in connection.execute("PRAGMA integrity_check(5)")]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except SQLITE_ERRORS as error:
        return [str(error)]
    reasons = [] if pages == ["ok"] else [" ".join(text.split()) for text in pages]
    owners = Counter((table, parent) for table, _, parent, _ in orphans)
    return reasons + [
        f"{count} rows of {table} belong to no row of {parent}"
        for (table, parent), count in owners.items()
    ]


def _reopen(
    sql: sqlite3.Connection, losses: _Losses, counts: Mapping[str, Count]
) -> None:
    """Make studies that lost rows unfinished, so that their command goes on."""
    without_trials = losses.studies_without_trials(counts["trials"])
    finals = counts["finals"]
    reopened = without_trials if finals.is_complete else list(losses.numbers)
    for study in without_trials:
        left_out = sql.execute("DELETE FROM finals WHERE study = ?", (study,)).rowcount
        finals.whole -= left_out
        finals.lost += left_out
    for study in reopened:
        sql.execute(
            "UPDATE studies SET state = ? WHERE id = ? AND state = ?",
            (StudyState.UNFINISHED, study, StudyState.FINISHED),
        )
