"""The SQLite store of one results folder: the only truth about its studies.

One process writes, in one transaction per event, so that killing it at any
instant loses at most the epochs in flight. Readers may look on at any time.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import StoreError
from bench.records import (
    EpochRecord,
    FinalRecord,
    Proposal,
    ReferenceRecord,
    Samples,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)

FILE_NAME = "bench.sqlite3"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x6B6C6264

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
    seed INTEGER NOT NULL, record TEXT NOT NULL, predictions BLOB NOT NULL,
    PRIMARY KEY (study, seed)
);
CREATE TABLE reference_rows (
    test_fingerprint TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (test_fingerprint, name)
);
"""


class Store:
    """Reads and writes the store of a results folder.

    Args:
        folder: The results folder; made if it is missing, unless read only.
        read_only: Refuse to make or change anything.

    Raises:
        StoreError: The folder can't be written, or holds something that is not a
            store, or a store of a newer schema.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        if read_only and not self.path.exists():
            raise StoreError(
                f"a results folder holds a store named {FILE_NAME}; {str(folder)!r} "
                "has none: run a search first, or name another folder with --results"
            )
        self._connection = self._open()
        try:
            self._check_schema(read_only)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Tasks -----------------------------------------------------------------

    def add_task(self, task: TaskRecord, samples: Samples) -> None:
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO tasks VALUES (?, ?, ?)",
                (task.fingerprint, task.to_json(), _pack(**vars(samples))),
            )

    def samples(self, task_fingerprint: str) -> Samples:
        row = self._connection.execute(
            "SELECT samples FROM tasks WHERE fingerprint = ?", (task_fingerprint,)
        ).fetchone()
        return Samples(**_unpack(row[0]))

    # Studies ---------------------------------------------------------------

    def add_study(self, study: StudyRecord) -> None:
        with self._transaction() as sql:
            sql.execute(
                "INSERT INTO studies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    study.id,
                    study.task.fingerprint,
                    study.spec.to_json(),
                    study.state,
                    study.created,
                    study.seconds,
                    study.message,
                    study.lookahead,
                    json.dumps(dict(study.versions)),
                ),
            )

    def remove_study(self, study_id: str) -> None:
        with self._transaction() as sql:
            sql.execute("DELETE FROM studies WHERE id = ?", (study_id,))

    def set_study_state(
        self, study_id: str, state: StudyState, message: str = ""
    ) -> None:
        with self._transaction() as sql:
            sql.execute(
                "UPDATE studies SET state = ?, message = ? WHERE id = ?",
                (state, message, study_id),
            )

    def add_seconds(self, study_id: str, seconds: float) -> None:
        """Add wall-clock seconds to what the study has spent."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE studies SET seconds = seconds + ? WHERE id = ?",
                (seconds, study_id),
            )

    def studies(self) -> list[StudyRecord]:
        """All studies, the oldest first."""
        return [
            _study(row)
            for row in self._connection.execute(
                "SELECT s.*, t.record FROM studies s JOIN tasks t "
                "ON t.fingerprint = s.task ORDER BY s.created, s.id"
            )
        ]

    def study(self, study_id: str) -> StudyRecord | None:
        return next((s for s in self.studies() if s.id == study_id), None)

    # Trials ----------------------------------------------------------------

    def start_trial(self, study_id: str, trial: TrialRecord) -> None:
        """Record a trial that starts; one of that number in flight is replaced."""
        with self._transaction() as sql:
            self._forget_epochs(sql, study_id, "trial", trial.number)
            sql.execute(
                "INSERT OR REPLACE INTO trials (study, number, proposal, seed, state, "
                "started) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    study_id,
                    trial.number,
                    json.dumps(asdict(trial.proposal)),
                    trial.seed,
                    trial.state,
                    trial.started,
                ),
            )

    def end_trial(
        self, study_id: str, number: int, result: TrialResult, ended: float
    ) -> None:
        with self._transaction() as sql:
            sql.execute(
                "UPDATE trials SET state = ?, ended = ?, result = ? "
                "WHERE study = ? AND number = ?",
                (result.state, ended, json.dumps(asdict(result)), study_id, number),
            )

    def trials(self, study_id: str) -> list[TrialRecord]:
        """The trials of a study by number, those in flight included."""
        return [
            _trial(row)
            for row in self._connection.execute(
                "SELECT number, proposal, seed, state, started, ended, result "
                "FROM trials WHERE study = ? ORDER BY number",
                (study_id,),
            )
        ]

    # Learning curves -------------------------------------------------------

    def add_epoch(
        self, study_id: str, role: str, number: int, epoch: EpochRecord
    ) -> None:
        """Add a point to a learning curve.

        Args:
            study_id: The study.
            role: ``trial`` or ``final``.
            number: The trial's number, or the final training's seed.
            epoch: The point.
        """
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    study_id,
                    role,
                    number,
                    epoch.epoch,
                    json.dumps(dict(epoch.metrics)),
                    epoch.seconds,
                    epoch.ended,
                ),
            )

    def epochs(self, study_id: str, role: str, number: int) -> list[EpochRecord]:
        rows = self._connection.execute(
            "SELECT epoch, metrics, seconds, ended FROM epochs "
            "WHERE study = ? AND role = ? AND number = ? ORDER BY epoch",
            (study_id, role, number),
        )
        return [
            EpochRecord(epoch=e, metrics=json.loads(m), seconds=s, ended=t)
            for e, m, s, t in rows
        ]

    # Final trainings -------------------------------------------------------

    def start_final(self, study_id: str, seed: int) -> None:
        """Forget the learning curve of a final training that was cut short."""
        with self._transaction() as sql:
            self._forget_epochs(sql, study_id, "final", seed)

    def end_final(
        self, study_id: str, final: FinalRecord, probabilities: np.ndarray
    ) -> None:
        """Record a final training and its predictions.

        Args:
            study_id: The study.
            final: Its scores.
            probabilities: ``(test images, classes)``; kept as 16-bit floats.
        """
        with self._transaction() as sql:
            sql.execute(
                "INSERT INTO finals VALUES (?, ?, ?, ?)",
                (
                    study_id,
                    final.seed,
                    json.dumps(asdict(final)),
                    _pack(probabilities=probabilities.astype(np.float16)),
                ),
            )

    def finals(self, study_id: str) -> list[FinalRecord]:
        """The final trainings of a study by seed."""
        rows = self._connection.execute(
            "SELECT record FROM finals WHERE study = ? ORDER BY seed", (study_id,)
        )
        return [FinalRecord(**json.loads(record)) for (record,) in rows]

    def predictions(self, study_id: str, seed: int) -> np.ndarray:
        """Probabilities ``(test images, classes)`` of one final training."""
        row = self._connection.execute(
            "SELECT predictions FROM finals WHERE study = ? AND seed = ?",
            (study_id, seed),
        ).fetchone()
        return _unpack(row[0])["probabilities"]

    # Reference rows --------------------------------------------------------

    def add_reference(self, test_fingerprint: str, reference: ReferenceRecord) -> None:
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO reference_rows VALUES (?, ?, ?)",
                (test_fingerprint, reference.name, json.dumps(asdict(reference))),
            )

    def references(self, test_fingerprint: str) -> list[ReferenceRecord]:
        rows = self._connection.execute(
            "SELECT record FROM reference_rows WHERE test_fingerprint = ? "
            "ORDER BY rowid",
            (test_fingerprint,),
        )
        return [ReferenceRecord(**json.loads(record)) for (record,) in rows]

    # The file --------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return sqlite3.connect(self.path, timeout=30, isolation_level=None)
        except (OSError, sqlite3.OperationalError) as error:
            raise self._unwritable(error) from error

    def _check_schema(self, read_only: bool) -> None:
        sql = self._connection
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

    def _create_schema(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self._transaction() as sql:
            for statement in _SCHEMA.split(";")[:-1]:
                sql.execute(statement)
            sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

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
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @staticmethod
    def _forget_epochs(
        sql: sqlite3.Connection, study_id: str, role: str, number: int
    ) -> None:
        sql.execute(
            "DELETE FROM epochs WHERE study = ? AND role = ? AND number = ?",
            (study_id, role, number),
        )


def check_writable(folder: Path) -> None:
    """Refuse a results folder that can't be made or written; nothing is made.

    Raises:
        StoreError: With what stands in the way.
    """
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise StoreError(
            f"the results folder must be writable; {str(folder)!r} is not "
            f"({str(there)!r} can't be written to): mend its permissions, or name "
            "another with --results"
        )


def _study(row: tuple[Any, ...]) -> StudyRecord:
    id_, _, spec, state, created, seconds, message, lookahead, versions, task = row
    return StudyRecord(
        id=id_,
        spec=StudySpec.from_json(spec),
        task=TaskRecord.from_json(task),
        state=StudyState(state),
        created=created,
        seconds=seconds,
        message=message,
        lookahead=lookahead,
        versions=json.loads(versions),
    )


def _trial(row: tuple[Any, ...]) -> TrialRecord:
    number, proposal, seed, state, started, ended, result = row
    return TrialRecord(
        number=number,
        proposal=Proposal(**json.loads(proposal)),
        seed=seed,
        state=TrialState(state),
        started=started,
        ended=ended,
        result=None if result is None else TrialResult(**json.loads(result)),
    )


def _pack(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _unpack(blob: bytes) -> Mapping[str, np.ndarray]:
    with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
