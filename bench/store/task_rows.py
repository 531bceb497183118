"""The tasks of a store: their records, sample images, findings and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.records import Findings, Samples, TaskRecord
from bench.store.arrays import pack, unpack, unpack_one
from bench.store.database import Database
from bench.store.rows import samples_of, task_of

DUPLICATES = "duplicates"
"""Name of the list of duplicates among the arrays of a task."""


class TaskRows:
    """Reads and writes the tasks of a store."""

    _database: Database

    def add_task(self, task: TaskRecord, samples: Samples) -> None:
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO tasks VALUES (?, ?, ?)",
                (task.fingerprint, task.to_json(), pack(**vars(samples))),
            )
        self.identify_task(task)

    def identify_task(self, task: TaskRecord) -> None:
        """Record what tells a task's data set apart, if an older version did not.

        So its studies are united with repeats that are made now.
        """
        stored = self._task(task.fingerprint)
        if stored.content or not task.content:
            return
        record = replace(stored, content=task.content).to_json()
        with self._database.transaction() as sql:
            sql.execute(
                "UPDATE tasks SET record = ? WHERE fingerprint = ?",
                (record, task.fingerprint),
            )

    def samples(self, task_fingerprint: str) -> Samples:
        """A few images of a task."""
        sql = "SELECT samples FROM tasks WHERE fingerprint = ?"
        return self._database.record(
            "images of a task", samples_of, sql, (task_fingerprint,)
        )

    def add_findings(
        self, task_fingerprint: str, findings: Findings, duplicates: np.ndarray
    ) -> None:
        """Record what the examination of a task found.

        Args:
            task_fingerprint: Of a task that the store holds.
            findings: Of the examination.
            duplicates: All duplicates, a row for each image and kind of duplicate.
        """
        task, arrays = self._database.record(
            "task",
            lambda row: (task_of(row[:1]), unpack(row[1])),
            "SELECT record, samples FROM tasks WHERE fingerprint = ?",
            (task_fingerprint,),
        )
        record = replace(task, findings=findings).to_json()
        packed = pack(**{**arrays, DUPLICATES: duplicates})
        with self._database.transaction() as sql:
            sql.execute(
                "UPDATE tasks SET record = ?, samples = ? WHERE fingerprint = ?",
                (record, packed, task_fingerprint),
            )

    def findings(self, task_fingerprint: str) -> Findings | None:
        """What the examination of a task found; None if it was never examined."""
        return self._task(task_fingerprint).findings

    def _task(self, task_fingerprint: str) -> TaskRecord:
        sql = "SELECT record FROM tasks WHERE fingerprint = ?"
        return self._database.record("task", task_of, sql, (task_fingerprint,))

    def duplicates(self, task_fingerprint: str) -> np.ndarray | None:
        """All duplicates of a task, a row for each; None if it was never examined."""
        return self._database.record(
            "images of a task",
            lambda row: unpack_one(row[0], DUPLICATES),
            "SELECT samples FROM tasks WHERE fingerprint = ?",
            (task_fingerprint,),
        )

    def removed_tests(self, test_split: str) -> tuple[int, int]:
        """How many configurations, and trainings, of removed studies were tested.

        Args:
            test_split: Fingerprint of the test split.
        """
        tasks = self._database.records("task", task_of, "SELECT record FROM tasks")
        on_split = [task for task in tasks if task.test_fingerprint == test_split]
        return (
            sum(task.removed_configurations for task in on_split),
            sum(task.removed_trainings for task in on_split),
        )
