"""What the search and the final trainings of a running study share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.records import EpochRecord, Role
from bench.store import Store
from bench.study.cost_model import CostModel
from bench.study.earlier import start_seconds, timed_trials
from bench.study.event_clock import EventClock
from bench.study.execution import StudyExecutor
from bench.study.forecast import Forecast
from bench.study.prepare import PreparedStudy
from bench.study.progress import Progress
from bench.study.time_budget import TimeBudget
from bench.training import backend
from bench.training.work import WorkCounter


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """A running study, started now or continued, with all that its parts share.

    Attributes:
        prepared: The study as it was checked.
        store: Records every event.
        progress: Told of every event.
        time_budget: Of wall-clock seconds.
        executor: Runs the trainings.
        timed_seeds, timed_members: Numbers of seeds and of members of the ensemble
            that share the time of the budget; others that are asked for later do not
            count against it.
        scratch: Folder of checkpoints, removed when the study ends.
        cache: Folder of frozen networks' features; None if there is none.
        seeds_at_once: Maximum number of final trainings that run as one program.
        clock: Gives the times of the study's events.
        work: Counts the work of configurations; None to begin anew.
        notes_said: What was said of models' code; each kind is said once.
    """

    prepared: PreparedStudy
    store: Store
    progress: Progress
    time_budget: TimeBudget
    executor: StudyExecutor
    timed_seeds: int
    timed_members: int
    scratch: Path
    cache: Path | None = None
    seeds_at_once: int = 1
    clock: EventClock = field(default_factory=EventClock)
    work: WorkCounter | None = None
    notes_said: set[str] = field(default_factory=set)

    @property
    def study(self) -> str:
        """Identity of the study."""
        return self.prepared.id

    @cached_property
    def forecast(self) -> Forecast:
        """Of the time that trainings take."""
        source, task = self.prepared.source, self.prepared.task
        spec = self.prepared.spec
        if spec.budget.seconds is None:  # nothing depends on it
            return Forecast(source.affinity)
        versions = backend.versions(spec.backend)
        earlier = timed_trials(self.store, spec, versions, besides=self.study)
        return Forecast(
            source.affinity,
            self.work or WorkCounter(source),
            CostModel(len(task.train), len(task.validation), earlier),
            start_seconds(earlier, spec.family),
        )

    @property
    def concurrency(self) -> int:
        """How many trainings run at the same time."""
        return self.executor.free + self.executor.in_flight

    def add_epoch(self, key: int, role: Role, number: int, epoch: EpochRecord) -> None:
        """Record an epoch of a training, and show it under the training's key."""
        self.store.add_epoch(self.study, role, number, epoch)
        self.progress.epoch_ended(key, epoch)

    def record_time(self) -> None:
        """Record the time since the last call as spent by the study."""
        self.store.add_seconds(self.study, self.time_budget.lap())
