"""Final trainings and references: rows of a leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a training is for.

    ``FINAL`` trains the best configuration of a search, ``DEFAULT`` the default
    configuration of the family; both are tested with every seed. ``RUNNER_UP`` was
    the best configuration of the search, whose place the default one took since it
    validated better. ``MEMBER`` trains a good configuration for an ensemble, with the
    first seed.
    """

    TRIAL = "trial"
    FINAL = "final"
    DEFAULT = "default"
    RUNNER_UP = "runner-up"
    MEMBER = "member"


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
            too short for those of the study; else None. The last of them may be a part
            of one.
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
    planned: float | None = None

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
