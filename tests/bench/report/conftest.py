"""Stores with invented studies, written through the store's methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.records import (
    EpochRecord,
    FinalRecord,
    Origin,
    Proposal,
    ReferenceRecord,
    Role,
    Samples,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
    digest,
)
from bench.store import Store

START = 1_700_000_000.0


def make_task(dataset: str = "digits", **changes: object) -> TaskRecord:
    values: dict = {
        "dataset": dataset,
        "fingerprint": digest(dataset, "all"),
        "test_fingerprint": digest(dataset, "test"),
        "image_shape": (8, 8, 1),
        "class_names": tuple("0123456789"),
        "train": 1342,
        "validation": 239,
        "test": 216,
        "seed": 0,
    }
    return TaskRecord(**(values | changes))


def make_samples(task: TaskRecord, count: int = 12) -> Samples:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (2, count, *task.image_shape), dtype=np.uint8)
    labels = np.arange(count) % len(task.class_names)
    return Samples(
        train_images=images[0],
        train_labels=labels,
        test_images=images[1],
        test_labels=labels,
        test_indices=np.arange(count),
    )


class Filler:
    """Fills a store; methods take what matters to a test and invent the rest.

    Attributes:
        store: The store that is filled.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def study(
        self,
        family: str = "vgg",
        *,
        task: TaskRecord | None = None,
        samples: Samples | None = None,
        state: StudyState = StudyState.FINISHED,
        message: str = "",
        versions: dict[str, str] | None = None,
        **spec: object,
    ) -> StudyRecord:
        task = task or make_task()
        study_spec = StudySpec(family=family, dataset=task.dataset, **spec)  # type: ignore[arg-type]
        self.store.add_task(task, samples or make_samples(task))
        record = StudyRecord(
            id=digest(study_spec.to_json(), task.fingerprint),
            spec=study_spec,
            task=task,
            state=state,
            created=START + len(self.store.studies()),
            message=message,
            versions=versions or {"keras": "3.15.1", "python": "3.11.2"},
        )
        self.store.add_study(record)
        return record

    def trial(
        self,
        study: StudyRecord,
        number: int,
        accuracy: float | None,
        *,
        epochs: int = 20,
        first_epoch: int = 1,
        parent: int | None = None,
        hyperparameters: dict | None = None,
        fold: int | None = None,
        rung: int = 0,
        is_over: bool = True,
        origin: Origin | None = None,
        image_share: float = 1.0,
    ) -> None:
        """A trial of 10 seconds; it failed if ``accuracy`` is None."""
        values = hyperparameters or {"filters": 16 + number, "learning_rate": 1e-3 / 3}
        started = START + 10 * number
        record = TrialRecord(
            number=number,
            proposal=Proposal(
                hyperparameters=values,
                epochs=epochs,
                parent=parent,
                fold=fold,
                rung=rung,
                origin=origin,
                image_share=image_share,
            ),
            seed=number,
            state=TrialState.RUNNING,
            started=started,
        )
        self.store.start_trial(study.id, record)
        if accuracy is not None:
            self.curve(
                study, Role.TRIAL, number, accuracy, range(first_epoch, epochs + 1)
            )
        if is_over:
            result = _result(accuracy, epochs)
            self.store.end_trial(study.id, number, result, started + 10)

    def final(
        self,
        study: StudyRecord,
        seed: int,
        accuracy: float,
        *,
        probabilities: np.ndarray | None = None,
        right: np.ndarray | None = None,
        outputs: Mapping[str, np.ndarray] | None = None,
        **changes: object,
    ) -> None:
        values: dict = {
            "seed": seed,
            "metrics": {"test_accuracy": accuracy, "test_log_loss": 1.05 - accuracy},
            "best_epoch": 10,
            "epochs": 12,
            "parameters": 123_456,
            "seconds": 6.5,
            "core_seconds": 12.0,
            "latency_ms_1": 1.25,
            "latency_ms_64": 0.0625,
            "ended": START + 1000 + seed,
        }
        if probabilities is None:
            classes = len(study.task.class_names)
            probabilities = np.eye(classes)[np.arange(study.task.test) % classes]
        record = FinalRecord(**(values | changes))
        epochs = range(1, record.epochs + 1)
        self.curve(study, record.role, record.number, accuracy, epochs)
        outputs = dict(outputs or {"probabilities": probabilities})
        if right is not None:
            outputs["right"] = right
        self.store.end_final(study.id, record, outputs)

    def curve(
        self,
        study: StudyRecord,
        role: Role,
        number: int,
        accuracy: float,
        epochs: Sequence[int],
    ) -> None:
        """Metrics that approach the accuracy from 0.1."""
        for epoch in epochs:
            validation = accuracy - (accuracy - 0.1) * math.exp(-epoch / 4)
            metrics = {
                "loss": 1.1 - validation,
                "accuracy": min(1.0, validation + 0.01),
                "validation_accuracy": validation,
                "validation_log_loss": 1.2 - validation,
            }
            record = EpochRecord(
                epoch=epoch, metrics=metrics, seconds=0.5, ended=START + epoch
            )
            self.store.add_epoch(study.id, role, number, record)

    def complete(
        self,
        family: str = "vgg",
        accuracies: Sequence[float] = (0.97, 0.98, 0.99),
        **study: object,
    ) -> StudyRecord:
        """A study with four trials, of which one failed, and final trainings."""
        record = self.study(family, **study)  # type: ignore[arg-type]
        for number, accuracy in enumerate((0.90, None, 0.95, 0.93)):
            self.trial(record, number, accuracy)
        for seed, accuracy in enumerate(accuracies):
            self.final(record, seed, accuracy)
        return record

    def references(self, task: TaskRecord | None = None) -> None:
        """The prior with accuracy 0.1 and a logistic regression with 0.96."""
        split = (task or make_task()).test_fingerprint
        for name, accuracy, parameters in (
            ("prior", 0.1, 10),
            ("logistic_regression", 0.96, 650),
        ):
            record = ReferenceRecord(
                name=name,
                metrics={"test_accuracy": accuracy, "test_log_loss": 1.1 - accuracy},
                parameters=parameters,
                seconds=0.2,
                note="trained on 5,000 of 60,000 images" if parameters > 10 else "",
            )
            self.store.add_reference(split, record)


@pytest.fixture
def filler(tmp_path: Path) -> Iterator[Filler]:
    with Store(tmp_path / "results") as store:
        yield Filler(store)


@pytest.fixture(scope="session")
def make_filler() -> type[Filler]:
    """Fills a store that a test makes itself."""
    return Filler


@pytest.fixture(scope="session")
def task() -> Callable[..., TaskRecord]:
    return make_task


def _result(accuracy: float | None, epochs: int) -> TrialResult:
    if accuracy is None:
        return TrialResult(seconds=10, core_seconds=5, error="ResourceExhausted: oom")
    return TrialResult(
        metrics={
            "validation_accuracy": accuracy,
            "validation_log_loss": 1.05 - accuracy,
        },
        best_epoch=max(1, epochs - 2),
        epochs=epochs,
        parameters=123_456,
        seconds=10,
        core_seconds=20,
    )
