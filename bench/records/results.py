"""Results of a study: its trials, learning curves and final trainings.

Seconds are wall-clock seconds unless a name says ``core_seconds``; accuracies are
fractions between 0 and 1; times of day are seconds since the epoch (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bench.records.parts import PART_FACTOR
from bench.records.spec import (
    EXTENSIBLE,
    GROWING,
    PLACES,
    StudySpec,
    Value,
    board_id,
    study_id,
)
from bench.records.task import TaskRecord

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


class Role(StrEnum):
    """What a training is for.

    ``FINAL`` trains the best configuration of a search, ``DEFAULT`` the default
    configuration of the family; both are tested with every seed. ``MEMBER`` trains a
    good configuration for an ensemble, with the first seed.
    """

    TRIAL = "trial"
    FINAL = "final"
    DEFAULT = "default"
    MEMBER = "member"


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


class StudyState(StrEnum):
    """State of a study; the same command continues an unfinished study."""

    UNFINISHED = "unfinished"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """A study as the store holds it.

    Attributes:
        seconds: Wall-clock seconds spent so far, over all continuations.
        message: Why a failed study failed.
        lookahead: How many results the searcher may lack when it is asked.
        versions: Versions of Python, the toolkit, Keras and its backend. A study of
            generators has ``fid_network`` and ``fid_features`` too: the network
            whose features compare images.
        begun: Values of ``GROWING``, ``EXTENSIBLE`` and ``PLACES`` with which the study
            began, of those that were changed since. Its identity is made of them.
        stages: Number of trials of the search as it began, and after each extension,
            by a user or since there was time; empty if it was never extended.
        tested: Number of the trial whose configuration was tested before the search
            was extended; None unless an extension is under way.
        is_ended_early: Whether a user ended the search before its budget did.
        replaces: Identities of the studies that asked for the same with fewer epochs
            when this one began.
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
    begun: Mapping[str, Value | None] = field(default_factory=dict)
    stages: tuple[int, ...] = ()
    tested: int | None = None
    is_ended_early: bool = False
    replaces: tuple[str, ...] = ()

    def is_asked_for(
        self, spec: StudySpec, task_fingerprint: str, space_fingerprint: str
    ) -> bool:
        """Whether a specification differs from this study's in what may change only."""
        first: Any = _changing(self.spec) | dict(self.begun)
        limits = {name: first.pop(name) for name in EXTENSIBLE}
        asked = replace(spec, budget=replace(spec.budget, **limits), **first)
        # Older versions had no parts of images, and identified studies by places.
        without_parts = (
            [asked]
            if asked.smallest_part != 0
            else [asked, replace(asked, smallest_part=None)]
        )
        return any(
            study_id(each, task_fingerprint, space_fingerprint, with_places=places)
            == self.id
            for each in without_parts
            for places in (False, True)
        )

    def grown(self, spec: StudySpec) -> StudyRecord:
        """The study with other values of what may grow, and at other places."""
        own, grown = _changing(self.spec), _changing(spec)
        changed = {name: own[name] for name in own if own[name] != grown[name]}
        return replace(self, spec=spec, begun=changed | dict(self.begun))

    @property
    def most_trials(self) -> int:
        """Number of configurations at which the search ends, as far as it has come."""
        return self.stages[-1] if self.stages else self.spec.budget.trials

    @property
    def comparable_spec(self) -> StudySpec:
        """What was asked, with what files hold in place of where they lie."""
        spec = self.spec.without_places.without_growth
        return replace(
            spec,
            dataset=self.task.data_set,
            portfolio_digest=self.spec.portfolio_digest,
        )

    @property
    def test(self) -> str:
        """Identity of the test: studies that share it are ranked together."""
        features = self.versions.get("fid_features", "")
        return board_id(self.spec, self.task.test_fingerprint, features)


def _changing(spec: StudySpec) -> dict[str, Value | None]:
    """What may change of a specification, by name."""
    fields = {name: getattr(spec, name) for name in (*GROWING, *PLACES)}
    return fields | {name: getattr(spec.budget, name) for name in EXTENSIBLE}


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


TIME_UP = "time was up"
"""Part of the note of a final training that did not come to its end."""


@dataclass(frozen=True, kw_only=True)
class FinalRecord:
    """A configuration trained with one seed and tested once.

    Attributes:
        metrics: ``test_accuracy``, ``test_log_loss``, ``validation_accuracy`` and
            the like. Those of a training that diverged are the scores of the
            reference that learned nothing, such as ``prior``.
        latency_ms_1, latency_ms_64: Milliseconds per image at inference, at batch
            sizes 1 and 64.
        role: What the training is for.
        error: Why the training diverged in its first epoch; None if it did not.
        note: A remark for readers of the metrics, such as that the log loss is that
            of a softmax of the outputs; empty for none.
        trial: Number of the trial whose configuration a member of an ensemble has;
            None for other roles.
        planned: Number of epochs over which its learning rates fell, where time was
            too short for those of the study; else None.
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
    role: Role = Role.FINAL
    error: str | None = None
    note: str = ""
    trial: int | None = None
    planned: int | None = None

    @property
    def number(self) -> int:
        """Tells it from others of its role: its seed, or a member's trial."""
        return self.seed if self.trial is None else self.trial

    @property
    def is_cut_short(self) -> bool:
        """Whether time was up before the end of the training."""
        return TIME_UP in self.note

    @property
    def is_shortened(self) -> bool:
        """Whether the training would have been another one with more time."""
        return self.is_cut_short or self.planned is not None


@dataclass(frozen=True, kw_only=True)
class ReferenceRecord:
    """A row of a leaderboard that nobody searched, to compare with.

    Attributes:
        name: Such as ``prior`` or ``median_filter``.
        note: A remark for readers, such as the size of a training sample.
        images: Number of images that it learned from, or that its sample was drawn
            from; 0 if it learns nothing.
        outputs: Arrays of its test by name, as those of a final training; the store
            returns records without them.
    """

    name: str
    metrics: Mapping[str, float]
    parameters: int
    seconds: float
    note: str = ""
    images: int = 0
    outputs: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
