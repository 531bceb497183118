"""A store with a study whose events a test writes one by one, and a tracker to ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.records import (
    Budget,
    EpochRecord,
    FinalRecord,
    Origin,
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
from bench.store import RECORD, Store, model_file, model_folder
from bench.trackers.entry import Entry

START = 1_700_000_000.0
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
ID = "c" * 16


class WrittenStudy:
    """A study in a store, written as a search writes it.

    Attributes:
        store: The store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        images, labels = np.zeros((2, 4, 4, 1), np.uint8), np.zeros(2, int)
        samples = Samples(
            train_images=images,
            train_labels=labels,
            test_images=images,
            test_labels=labels,
            test_indices=np.arange(2),
        )
        store.add_task(TASK, samples)
        self.begin(START)

    @property
    def record(self) -> StudyRecord:
        record = self.store.study(ID)
        assert record is not None
        return record

    def begin(self, created: float) -> None:
        spec = StudySpec(family="vgg", dataset="digits", budget=Budget(trials=5))
        study = StudyRecord(
            id=ID, spec=spec, task=TASK, state=StudyState.UNFINISHED, created=created
        )
        self.store.add_study(study)

    def start_trial(self, number: int, **values: object) -> None:
        trial = TrialRecord(
            number=number,
            proposal=Proposal(
                hyperparameters={"units": number, "optimizer": "sgd", **values},
                epochs=9,
                origin=Origin.RANDOM if number else Origin.DEFAULT,
            ),
            seed=7,
            state=TrialState.RUNNING,
            started=START + number,
        )
        self.store.start_trial(ID, trial)

    def add_epochs(self, number: int, *epochs: int, role: Role = Role.TRIAL) -> None:
        for epoch in epochs:
            metrics = {"loss": 1 / epoch, "validation_accuracy": 1 - 1 / (epoch + 1)}
            ended = START + 10 * number + epoch
            record = EpochRecord(epoch=epoch, metrics=metrics, seconds=1.0, ended=ended)
            self.store.add_epoch(ID, role, number, record)

    def end_trial(self, number: int, error: str | None = None) -> None:
        metrics = {} if error else {"validation_accuracy": 0.5 + number / 100}
        result = TrialResult(metrics=metrics, epochs=2, best_epoch=2, error=error)
        self.store.end_trial(ID, number, result, START + 10 * number + 9)

    def trial(self, number: int, error: str | None = None) -> None:
        self.start_trial(number)
        self.add_epochs(number, 1, 2)
        self.end_trial(number, error)

    def extend(self, trial: int) -> None:
        """A better trial, which is tested in place of the winner before it."""
        self.start_trial(trial)
        self.end_trial(trial)
        self.store.remove_finals(ID, {Role.FINAL})
        self.final(0, 0.9, epochs=(1, 2), after=100)

    def final(
        self,
        seed: int,
        accuracy: float,
        epochs: Sequence[int] = (1, 2, 3),
        after: int = 0,
    ) -> None:
        """A final training with a kept model."""
        self.add_epochs(seed, *epochs, role=Role.FINAL)
        folder = self.store.folder
        file = model_file(folder, ID, Role.FINAL, seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a model")
        (model_folder(folder, ID) / RECORD).write_text("{}")
        final = FinalRecord(
            seed=seed,
            metrics={"test_accuracy": accuracy, "validation_accuracy": 0.9},
            best_epoch=2,
            epochs=3,
            parameters=1234,
            seconds=3.0,
            core_seconds=3.0,
            latency_ms_1=0.1,
            latency_ms_64=0.01,
            ended=START + 500 + seed + after,
        )
        self.store.end_final(ID, final, {"probabilities": np.zeros((2, 2))})

    def finish(self) -> None:
        for name in ("leaderboard.md", "leaderboard.csv"):
            (self.store.folder / name).write_text("a board")
        self.store.set_study_state(ID, StudyState.FINISHED)

    def complete(self) -> StudyRecord:
        """Two trials of which one failed, two final trainings, and the end."""
        self.trial(0)
        self.trial(1, error="ValueError: too wide")
        self.final(0, 0.8)
        self.final(1, 0.6)
        self.finish()
        return self.record


class Recorded:
    """A tracker that keeps what it is given, and fails when it is told to.

    Attributes:
        entries: As they were opened or ended, by their identities.
        parents: Identities of their studies.
        epochs: Their curves, as they were given.
        withdrawn: Identities of the entries that are shown no longer.
        calls: Names of the methods that were called, with keys of the entries.
        failures: Calls that raise an error instead.
    """

    name, address = "recorded", "here"

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.parents: dict[str, str | None] = {}
        self.epochs: defaultdict[str, list[int]] = defaultdict(list)
        self.withdrawn: list[str] = []
        self.calls: list[str] = []
        self.failures: set[str] = set()

    def connect(self) -> None:
        self._call("connect")

    def open(self, entry: Entry, parent: str | None) -> str:
        self._call(f"open {entry.key}")
        identity = f"{entry.key} #{len(self.entries)}"
        self.entries[identity], self.parents[identity] = entry, parent
        return identity

    def add(self, identity: str, entry: Entry, epochs: Sequence[EpochRecord]) -> None:
        self._call(f"add {entry.key}")
        self.epochs[entry.key] += [epoch.epoch for epoch in epochs]

    def end(self, identity: str, entry: Entry) -> None:
        self._call(f"end {entry.key}")
        self.entries[identity] = entry

    def withdraw(self, identity: str, key: str) -> None:
        self._call(f"withdraw {key}")
        self.withdrawn.append(identity)

    def close(self) -> None:
        self._call("close")

    @property
    def by_key(self) -> Mapping[str, Entry]:
        return {entry.key: entry for entry in self.entries.values()}

    def _call(self, call: str) -> None:
        if call in self.failures:
            raise ConnectionError(f"no {call}")
        self.calls.append(call)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[WrittenStudy]:
    with Store(tmp_path / "results") as store:
        yield WrittenStudy(store)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()
