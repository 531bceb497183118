"""Trials: what is proposed, and what comes of it.

Seconds are wall-clock seconds unless a name says ``core_seconds``; accuracies are
fractions between 0 and 1; times of day are seconds since the epoch (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bench.records.parts import PART_FACTOR
from bench.records.spec import Value

STAGES = ("build", "features", "tracing", "training", "validation", "other", "idle")
"""Stages of a trial, by which its time is divided.

In ``features`` a trial computes features of a frozen network, or waits for another
worker that computes them; in ``tracing`` it makes compiled epochs. ``idle`` is the time
that its worker waited before the trial; it is no part of the trial's seconds."""


class TrialState(StrEnum):
    """State of a trial."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the trial finished or failed."""
        return self is not TrialState.RUNNING


class Origin(StrEnum):
    """Where a proposal came from.

    ``DEFAULT`` is the default configuration of a family, on a grid too; ``START``
    another that the family names or that is in its portfolio; ``MODEL`` a model of
    earlier results.
    """

    DEFAULT = "default"
    START = "start"
    RANDOM = "random"
    GRID = "grid"
    MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A configuration and the fidelity at which a searcher wants it tried.

    Attributes:
        hyperparameters: Active values.
        epochs: Train up to this epoch, counted from the configuration's first.
        parent: Number of the trial that was promoted; None for a first training. Its
            weights are continued, unless they were trained on a part of the images.
        bracket: Bracket of Hyperband; None for other searchers.
        rung: 0 for a first training, one more at each promotion.
        fold: The fold of a cross-validation that is held out, counted from 0; None
            to validate on the validation split.
        origin: Where the configuration came from; None if unknown.
        image_share: Share of the training images that an epoch trains on; below 1 it
            is a stratified part.
    """

    hyperparameters: Mapping[str, Value]
    epochs: int
    parent: int | None = None
    bracket: int | None = None
    rung: int = 0
    fold: int | None = None
    origin: Origin | None = None
    image_share: float = 1.0

    @property
    def is_on_part(self) -> bool:
        """Whether a part of the training images is trained on."""
        return self.image_share < 1

    @property
    def validation_share(self) -> float:
        """Share of the validation images that validate an epoch.

        On all of them a ninth of the training images would take half as long again.
        """
        return min(1.0, PART_FACTOR * self.image_share)


EPOCH_SHARE = "epoch_share"
"""Metric of an epoch that was cut short: the share of its images that it trained on."""


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """One point of a learning curve; ``epoch`` counts from 1.

    Attributes:
        metrics: Such as ``loss``, ``accuracy``, ``validation_accuracy``,
            ``validation_log_loss``; ``EPOCH_SHARE`` if the epoch was cut short.
        seconds: Time of training and validation in this epoch.
        ended: Time of day at which the epoch ended.
    """

    epoch: int
    metrics: Mapping[str, float]
    seconds: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class SeedEpochRecord(EpochRecord):
    """A point of the learning curve of one of several finals that train together.

    Attributes:
        seed: Of the final training.
    """

    seed: int


LEFT_OUT = "CutShortError"
"""Kind of the error of a trial that had, or would have had, no result in time."""


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """Result of training one configuration at one fidelity.

    Attributes:
        metrics: Metrics of the best epoch; empty if the trial failed.
        best_epoch: The epoch whose weights were restored, counted from 1. With a
            fold held out it is the last epoch, so that the fold selects nothing.
        epochs: The last epoch that was trained, its parent's included.
        parameters: Parameter count of the model, trainable or not.
        multiply_adds: Of the model for one image, by which later studies predict what
            their epochs take; 0 if unknown, or if the model takes features.
        seconds: Wall-clock time of the whole trial, building included.
        core_seconds: Processor time of the whole trial over all threads.
        stage_seconds: Wall-clock time by ``STAGES``; empty if unknown.
        error: One line that says why the trial failed; None if it finished.
        traceback: Traceback of that error.
        space: Configuration of hyperparameters that building declared beyond the
            known space; None if there were none.
        notes: What the model's code did to its process, such as that it changed the
            working directory, each in a line.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    epochs: int = 0
    parameters: int = 0
    multiply_adds: int = 0
    seconds: float = 0.0
    core_seconds: float = 0.0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    traceback: str = ""
    space: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_left_out(self) -> bool:
        """Whether time was too short for the trial, which is no fault of the family."""
        return self.error is not None and self.error.startswith(LEFT_OUT)

    @property
    def is_failure(self) -> bool:
        """Whether the family failed, and not for lack of time."""
        return self.error is not None and not self.is_left_out

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

    @property
    def is_failure(self) -> bool:
        """Whether the family failed; a trial that time left out is no failure."""
        return self.result is not None and self.result.is_failure

    @property
    def is_left_out(self) -> bool:
        """Whether time was too short for the trial."""
        return self.result is not None and self.result.is_left_out
