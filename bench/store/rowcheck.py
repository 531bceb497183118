"""Checks single rows of a store: whole records whose owners are whole too."""

from __future__ import annotations

import json
from typing import Any

from bench.records import TASK_TYPES, Role, StudySpec, TrialState
from bench.store.arrays import unpack
from bench.store.rows import (
    epoch_of,
    final_of,
    reference_of,
    samples_of,
    study_of,
    task_of,
    trial_of,
)

Row = tuple[Any, ...]


class RowCheck:
    """Checks rows, those of a table that others refer to first."""

    def __init__(self) -> None:
        self._tasks: dict[str, str] = {}
        self._specs: dict[str, StudySpec] = {}
        self._checks = {
            "tasks": self._task,
            "studies": self._study,
            "trials": self._trial,
            "epochs": self._epoch,
            "finals": self._final,
            "reference_rows": self._reference,
        }

    def is_whole(self, table: str, row: Row) -> bool:
        """Whether a row is a record of its table, and refers to whole rows only."""
        try:
            return self._checks[table](row)
        except Exception:  # damaged rows make parsers raise nearly any type
            return False

    def _task(self, row: Row) -> bool:
        fingerprint, record, samples = row
        task = task_of((record,))
        images = samples_of((samples,)).test_images
        self._tasks[fingerprint] = record
        return task.fingerprint == fingerprint and images.shape[1:] == task.image_shape

    def _study(self, row: Row) -> bool:
        study = study_of((*row, self._tasks[row[1]]))
        self._specs[study.id] = study.spec
        return study.spec.task_type_name in TASK_TYPES

    def _trial(self, row: Row) -> bool:
        trial, task_type = trial_of(row[1:]), self._specs[row[0]].task_type
        if trial.result is None or trial.state is not TrialState.FINISHED:
            return True
        metrics = trial.result.metrics
        if trial.proposal.fold is not None:
            return task_type.validated in metrics
        return {task_type.validated, task_type.settled} <= metrics.keys()

    def _epoch(self, row: Row) -> bool:
        study, role, number, *epoch = row
        return study in self._specs and bool(
            Role(role) and epoch_of(tuple(epoch)) and isinstance(number, int)
        )

    def _final(self, row: Row) -> bool:
        study, role, number, record, outputs = row
        final = final_of((record,))
        unpack(outputs)
        known: str = json.loads(record).get("role", role)
        tested = self._specs[study].task_type.tested
        return tested in final.metrics and (final.number, known) == (number, role)

    def _reference(self, row: Row) -> bool:
        if (predictions := row[3]) is not None:
            unpack(predictions)
        return bool(reference_of(row[2:3]).name == row[1])
