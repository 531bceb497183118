"""The trials of a store, and the learning curves of all trainings."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from bench.records import EpochRecord, Role, TrialRecord, TrialResult, TrialState
from bench.store.database import Database
from bench.store.rows import epoch_of, trial_of


class TrialRows:
    """Reads and writes trials and learning curves."""

    _database: Database

    def start_trial(self, study_id: str, trial: TrialRecord) -> None:
        """Record a trial that starts; it replaces a trial of that number in flight."""
        with self._database.transaction() as sql:
            forget_epochs(sql, study_id, Role.TRIAL, trial.number)
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
        with self._database.transaction() as sql:
            sql.execute(
                "UPDATE trials SET state = ?, ended = ?, result = ? "
                "WHERE study = ? AND number = ?",
                (result.state, ended, json.dumps(asdict(result)), study_id, number),
            )

    def trials(self, study_id: str) -> list[TrialRecord]:
        """The trials of a study by number, including trials in flight."""
        return self._database.records(
            "trial",
            trial_of,
            "SELECT number, proposal, seed, state, started, ended, result "
            "FROM trials WHERE study = ? ORDER BY number",
            (study_id,),
        )

    def last_finished(self, study_id: str, count: int) -> list[TrialRecord]:
        """The last trials of a study that finished, the latest first."""
        return self._database.records(
            "trial",
            trial_of,
            "SELECT number, proposal, seed, state, started, ended, result FROM trials "
            "WHERE study = ? AND state = ? ORDER BY number DESC LIMIT ?",
            (study_id, TrialState.FINISHED, count),
        )

    def add_epoch(
        self, study_id: str, role: Role, number: int, epoch: EpochRecord
    ) -> None:
        """Add a point to a learning curve.

        Args:
            study_id: Id of the study.
            role: What the training is for.
            number: Of the trial or of the final training.
            epoch: The point.
        """
        with self._database.transaction() as sql:
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

    def epochs(self, study_id: str, role: Role, number: int) -> list[EpochRecord]:
        return self._database.records(
            "epoch",
            epoch_of,
            "SELECT epoch, metrics, seconds, ended FROM epochs "
            "WHERE study = ? AND role = ? AND number = ? ORDER BY epoch",
            (study_id, role, number),
        )


def forget_epochs(
    sql: sqlite3.Connection, study_id: str, role: Role, number: int
) -> None:
    """Remove a learning curve, within a transaction."""
    sql.execute(
        "DELETE FROM epochs WHERE study = ? AND role = ? AND number = ?",
        (study_id, role, number),
    )
