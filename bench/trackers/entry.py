"""What trackers show of a study: an entry for it, and one for each training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bench.records import Role, Value, digest


class Kind(StrEnum):
    """What an entry is of."""

    STUDY = "study"
    TRIAL = "trial"
    FINAL = "final"


class State(StrEnum):
    """How what an entry is of stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self is not State.RUNNING


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A study or one of its trainings; trackers call it a run.

    Attributes:
        key: Tells it from other entries of the study, such as ``trial-3``.
        name: For readers.
        kind: What it is of.
        state: How that stands.
        started: Time of day at which it started.
        ended: Time of day at which it ended; None while it runs.
        parameters: Hyperparameters, or what was asked of the study.
        texts: Further values for readers, such as an error.
        metrics: Of the result; empty before the end.
        files: That are kept with it.
        role, number: Lead to its curve in the store; None for a study.
        training: Tells a final training from others that had its key before, as those
            of an earlier winner did; empty for a study and for trials.
    """

    key: str
    name: str
    kind: Kind
    state: State
    started: float
    ended: float | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    role: Role | None = None
    number: int = 0
    training: str = ""

    @property
    def digest(self) -> str:
        """Changes when anything changes that an entry shows at its end."""
        stats = [path.stat() for path in self.files]
        return digest(
            self.state,
            repr(sorted(self.texts.items())),
            repr(sorted(self.metrics.items())),
            repr([(stat.st_size, stat.st_mtime_ns) for stat in stats]),
        )
