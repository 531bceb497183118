"""The SQLite store of one results folder: the only truth about its studies.

One process writes, in one transaction per event, so that killing it at any
instant loses at most the epochs in flight. Others may read at any time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.records import FinalRecord, Role, StudyRecord, StudyState
from bench.store import looks
from bench.store.arrays import pack_outputs, unpack, unpack_one
from bench.store.database import Database
from bench.store.reference_rows import ReferenceRows
from bench.store.rows import final_of, spec_text, study_of
from bench.store.salvage import blame
from bench.store.task_rows import TaskRows
from bench.store.trial_rows import TrialRows, forget_epochs


class Store(ReferenceRows, TaskRows, TrialRows):
    """Reads and writes the store of a results folder.

    All methods raise a ``DamagedStoreError`` where rows are missing or no records.

    Args:
        folder: The results folder.
        read_only: Refuse to create or change anything.

    Attributes:
        backup: Copy of the store before its schema was brought up to date; None if it
            was up to date.

    Raises:
        StoreError: See ``Database``.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self._database = Database(folder, read_only=read_only)
        self.backup = self._database.backup

    def close(self) -> None:
        self._database.close()

    @property
    def version(self) -> int:
        """A number that changes when another process has changed the store."""
        return self._database.version

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """Read what the store holds now, whatever is written meanwhile."""
        with self._database.at_one_instant():
            yield

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close()
        if isinstance(error, Exception):
            blame(self.folder, error)

    # Studies ---------------------------------------------------------------

    def add_study(self, study: StudyRecord) -> None:
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT INTO studies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    study.id,
                    study.task.fingerprint,
                    spec_text(study),
                    study.state,
                    study.created,
                    study.seconds,
                    study.message,
                    study.lookahead,
                    json.dumps(dict(study.versions)),
                ),
            )

    def change_study(self, study: StudyRecord) -> None:
        """Record what is asked of a study now, and its state, at one instant."""
        with self._database.transaction() as sql:
            _change(sql, study)

    def change_roles(
        self, study: StudyRecord, roles: Sequence[tuple[Role, Role]]
    ) -> None:
        """Record a study, and give its final trainings other roles at the same instant.

        Args:
            study: The study.
            roles: Pairs of a role and the one that it becomes, in the order in which
                they change; nothing has the new role then.
        """
        with self._database.transaction() as sql:
            _change(sql, study)
            for before, after in roles:
                sql.execute(
                    "UPDATE finals SET role = :after, "
                    "record = json_set(record, '$.role', :after) "
                    "WHERE study = :study AND role = :before",
                    {"study": study.id, "before": before, "after": after},
                )
                sql.execute(
                    "UPDATE epochs SET role = ? WHERE study = ? AND role = ?",
                    (after, study.id, before),
                )

    def remove_study(self, study_id: str) -> None:
        """Remove a study; its task remembers how often the test split was looked at."""
        with self._database.transaction() as sql:
            looks.remember(sql, study_id, Role)
            sql.execute("DELETE FROM studies WHERE id = ?", (study_id,))

    def remove_finals(self, study_id: str, roles: Collection[Role]) -> None:
        """Remove final trainings of some roles; see ``remove_study``."""
        with self._database.transaction() as sql:
            looks.remember(sql, study_id, roles)
            for role in roles:
                for table in ("finals", "epochs"):
                    sql.execute(
                        f"DELETE FROM {table} WHERE study = ? AND role = ?",
                        (study_id, role),
                    )

    def set_study_state(
        self, study_id: str, state: StudyState, message: str = ""
    ) -> None:
        with self._database.transaction() as sql:
            sql.execute(
                "UPDATE studies SET state = ?, message = ? WHERE id = ?",
                (state, message, study_id),
            )

    def add_seconds(self, study_id: str, seconds: float) -> None:
        """Add wall-clock seconds to what the study has spent."""
        with self._database.transaction() as sql:
            sql.execute(
                "UPDATE studies SET seconds = seconds + ? WHERE id = ?",
                (seconds, study_id),
            )

    def studies(self) -> list[StudyRecord]:
        """All studies, the oldest first."""
        return self._database.records(
            "study",
            study_of,
            # A study whose task is lost is damaged; it must not seem to be missing.
            "SELECT s.*, t.record FROM studies s LEFT JOIN tasks t "
            "ON t.fingerprint = s.task ORDER BY s.created, s.id",
        )

    def study(self, study_id: str) -> StudyRecord | None:
        return next((s for s in self.studies() if s.id == study_id), None)

    # Final trainings -------------------------------------------------------

    def start_final(self, study_id: str, role: Role, number: int) -> None:
        """Forget the learning curve of an interrupted final training.

        Args:
            study_id: Id of the study.
            role: What the training is for.
            number: As of ``FinalRecord``; the table calls it the seed.
        """
        with self._database.transaction() as sql:
            forget_epochs(sql, study_id, role, number)

    def end_final(
        self, study_id: str, final: FinalRecord, outputs: Mapping[str, np.ndarray]
    ) -> None:
        """Record a final training and the outputs that reports show.

        Args:
            study_id: Id of the study.
            final: Its scores.
            outputs: Arrays by name, such as ``probabilities`` of shape
                ``(test images, classes)``; floats are kept in 16 bits.
        """
        record, packed = json.dumps(asdict(final)), pack_outputs(outputs)
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT INTO finals VALUES (?, ?, ?, ?, ?)",
                (study_id, final.role, final.number, record, packed),
            )

    def finals(self, study_id: str, role: Role = Role.FINAL) -> list[FinalRecord]:
        """The final trainings of a study by their numbers."""
        return self._database.records(
            "final training",
            final_of,
            "SELECT record FROM finals WHERE study = ? AND role = ? ORDER BY seed",
            (study_id, role),
        )

    def outputs(
        self, study_id: str, number: int, role: Role = Role.FINAL
    ) -> Mapping[str, np.ndarray]:
        """Outputs of one final training, as ``end_final`` was given them."""
        return self._database.record(
            "outputs of a final training",
            lambda row: unpack(row[0]),
            "SELECT predictions FROM finals WHERE study = ? AND role = ? AND seed = ?",
            (study_id, role, number),
        )

    def output(
        self, study_id: str, number: int, role: Role, name: str
    ) -> np.ndarray | None:
        """One output of a final training; None if it has none of this name."""
        return self._database.record(
            "outputs of a final training",
            lambda row: unpack_one(row[0], name),
            "SELECT predictions FROM finals WHERE study = ? AND role = ? AND seed = ?",
            (study_id, role, number),
        )


def _change(sql: sqlite3.Connection, study: StudyRecord) -> None:
    sql.execute(
        "UPDATE studies SET spec = ?, state = ?, message = ? WHERE id = ?",
        (spec_text(study), study.state, study.message, study.id),
    )
