"""A store that a search writes, and a server that watches it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from served import served

from bench.records import (
    Budget,
    EpochRecord,
    Proposal,
    Role,
    Samples,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.store import Store

IMAGES, LABELS = np.zeros((2, 4, 4, 1), np.uint8), np.zeros(2, int)
TASK = TaskRecord(
    dataset="digits",
    fingerprint="a" * 64,
    test_fingerprint="b" * 64,
    image_shape=(4, 4, 1),
    class_names=("0", "1"),
    train=2,
    validation=2,
    test=2,
    seed=0,
)


class RunningStudy:
    """Writes a study to a store as a search does.

    Attributes:
        id: Of the study.
        folder: The results folder.
    """

    def __init__(self, store: Store) -> None:
        self.folder, self._store = store.folder, store
        samples = Samples(
            train_images=IMAGES,
            train_labels=LABELS,
            test_images=IMAGES,
            test_labels=LABELS,
            test_indices=np.arange(2),
        )
        store.add_task(TASK, samples)
        spec = StudySpec(family="vgg", dataset="digits", budget=Budget(trials=5))
        study = StudyRecord(
            id="c" * 64,
            spec=spec,
            task=TASK,
            state=StudyState.UNFINISHED,
            created=1.7e9,
        )
        store.add_study(study)
        self.id = study.id
        holder = {"process": os.getpid(), "host": platform.node(), "since": "now"}
        (self.folder / "bench.lock.json").write_text(json.dumps(holder))

    def trial(self, number: int, accuracy: float) -> None:
        """A trial that starts, trains an epoch and ends."""
        started = 1.7e9 + 10 * number
        trial = TrialRecord(
            number=number,
            proposal=Proposal(hyperparameters={"units": number}, epochs=1),
            seed=0,
            state=TrialState.RUNNING,
            started=started,
        )
        metrics = {"validation_accuracy": accuracy, "validation_log_loss": 1.0}
        epoch = EpochRecord(epoch=1, metrics=metrics, seconds=1.0, ended=started + 1)
        self._store.start_trial(self.id, trial)
        self._store.add_epoch(self.id, Role.TRIAL, number, epoch)
        result = TrialResult(metrics=metrics, epochs=1, best_epoch=1, seconds=9.0)
        self._store.end_trial(self.id, number, result, started + 9)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[RunningStudy]:
    with Store(tmp_path / "results") as store:
        running = RunningStudy(store)
        running.trial(0, 0.5)
        yield running


@pytest.fixture
def streams() -> Iterator[ExitStack]:
    """Connections that stay open until the server has ended."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def address(study: RunningStudy, streams: ExitStack) -> Iterator[str]:
    """Where a server answers; ends it by Ctrl-C."""
    with served(f"watch --port 0 --results {study.folder}") as address:
        yield address
