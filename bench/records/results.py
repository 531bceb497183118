"""What comes of a study: tasks, trials, learning curves, final trainings.

Seconds are wall-clock seconds unless a name says ``core_seconds``; accuracies are
fractions between 0 and 1; times of day are seconds since the epoch (UTC).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from bench.records.spec import StudySpec, Value, board_id

STAGES = ("build", "features", "tracing", "training", "validation", "other", "idle")
"""What the time of a trial goes into. Features are those of a frozen network, computed
or waited for; tracing is the start of a new program; idle is what its worker waited
before it, the only one outside of the trial's seconds."""


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self is not TrialState.RUNNING


class StudyState(StrEnum):
    """Where a study stands; an unfinished one continues when it is asked for again."""

    UNFINISHED = "unfinished"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """What the store keeps of a task: a data set, its split and its shapes.

    Attributes:
        dataset: The data set as it was named.
        fingerprint: Hash of the pixels, the labels and all three splits.
        test_fingerprint: Hash of the test split alone: rows of one leaderboard
            share it.
        image_shape: ``(height, width, channels)``.
        class_names: In the order of the class indices.
        train, validation, test: Numbers of images.
        seed: The seed that fixed the splits.
    """

    dataset: str
    fingerprint: str
    test_fingerprint: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    train: int
    validation: int
    test: int
    seed: int

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TaskRecord:
        values = json.loads(text)
        values["image_shape"] = tuple(values["image_shape"])
        values["class_names"] = tuple(values["class_names"])
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A few images of a task, so that reports need not load the data set.

    Attributes:
        train_images: ``(n, height, width, channels)``, ``uint8``.
        train_labels: ``(n,)``, class indices.
        test_images: ``(m, height, width, channels)``, ``uint8``.
        test_labels: ``(m,)``, class indices.
        test_indices: ``(m,)``, rows of the test split, hence of the predictions.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    test_indices: np.ndarray


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """A study as the store holds it.

    Attributes:
        seconds: Wall-clock seconds spent so far, over all continuations.
        message: Why a failed study failed.
        lookahead: How many results the searcher may lack when it is asked.
        versions: Of Python, the toolkit, Keras and its backend; and of a generator's
            study ``fid_network`` and ``fid_features``, by which it is judged.
    """

    id: str
    spec: StudySpec
    task: TaskRecord
    state: StudyState
    created: float
    seconds: float = 0.0
    message: str = ""
    lookahead: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def test(self) -> str:
        """Identity of the test: studies that share it are ranked together."""
        features = self.versions.get("fid_features", "")
        return board_id(self.spec, self.task.test_fingerprint, features)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A configuration and the fidelity at which a searcher wants it tried.

    Attributes:
        hyperparameters: Active ones only.
        epochs: Train up to this epoch, counted from the configuration's first.
        parent: Number of the trial whose weights are continued; None to start anew.
        bracket: Hyperband's bracket; None where there are none.
        rung: 0 for a first training, one more at each promotion.
        fold: The fold of a cross-validation that is held out, counted from 0; None
            to validate on the validation split.
    """

    hyperparameters: Mapping[str, Value]
    epochs: int
    parent: int | None = None
    bracket: int | None = None
    rung: int = 0
    fold: int | None = None


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """One point of a learning curve; ``epoch`` counts from 1.

    Attributes:
        metrics: Such as ``loss``, ``accuracy``, ``validation_accuracy``,
            ``validation_log_loss``.
        seconds: Training and validation of this epoch.
        ended: Time of day.
    """

    epoch: int
    metrics: Mapping[str, float]
    seconds: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """What came of training one configuration at one fidelity.

    Attributes:
        metrics: Those of the best epoch; empty where the trial failed.
        best_epoch: The epoch whose weights were restored, counted from 1; with a
            fold held out the last one, so that the fold chooses none.
        epochs: The last epoch that was trained, its parent's included.
        parameters: Of the model, trainable or not.
        seconds: Wall-clock time of the whole trial, building included.
        core_seconds: Processor time of the whole trial over all threads.
        stage_seconds: Wall-clock time by ``STAGES``; empty where it isn't known.
        error: One line saying why the trial failed; None where it finished.
        traceback: Of that error.
        space: Configuration of hyperparameters that building declared beyond the
            known space; None where there were none.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    epochs: int = 0
    parameters: int = 0
    seconds: float = 0.0
    core_seconds: float = 0.0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    traceback: str = ""
    space: Mapping[str, Any] | None = None

    @property
    def state(self) -> TrialState:
        return TrialState.FINISHED if self.error is None else TrialState.FAILED


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """A trial as the store holds it; ``result`` is None while it trains."""

    number: int
    proposal: Proposal
    seed: int
    state: TrialState
    started: float
    ended: float | None = None
    result: TrialResult | None = None


@dataclass(frozen=True, kw_only=True)
class FinalRecord:
    """The best configuration trained again with one seed and tested once.

    Attributes:
        metrics: ``test_accuracy``, ``test_log_loss``, ``validation_accuracy`` and
            the like.
        latency_ms_1, latency_ms_64: Milliseconds per image at inference, at batch
            sizes 1 and 64.
    """

    seed: int
    metrics: Mapping[str, float]
    best_epoch: int
    epochs: int
    parameters: int
    seconds: float
    core_seconds: float
    latency_ms_1: float
    latency_ms_64: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class ReferenceRecord:
    """A row of a leaderboard that nobody searched, to compare with.

    Attributes:
        name: Such as ``prior`` or ``median_filter``.
        note: What a reader has to know, such as the size of a training sample.
    """

    name: str
    metrics: Mapping[str, float]
    parameters: int
    seconds: float
    note: str = ""
