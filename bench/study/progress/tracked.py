"""Keeps count of what a study does now, for displays that change in place."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from bench.records import EpochRecord, FinalRecord, Role, StudyRecord, TrialRecord
from bench.records.durations import duration
from bench.records.wording import part_of_images
from bench.study.progress.lines import final_name, objective, trial_name
from bench.study.progress.plain import PlainProgress
from bench.study.time_budget import TimeBudget
from bench.text.activity import Activity
from bench.text.waiting import line


class TrackedProgress(PlainProgress):
    """Plain lines, and what trains now, how much is done and how much time is left.

    Args:
        console: Prints the lines.

    Attributes:
        running: A text for each training that runs, by its key.
        what: What is counted: ``configurations``, ``final trainings`` or ``members of
            the ensemble``.
        done, total: How many of these have ended, and how many there are; None where
            time alone ends them.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.running: dict[int, str] = {}
        self.what, self.done = "configurations", 0
        self.total: int | None = 0
        self._time_budget = TimeBudget(None)
        self._names: dict[int, tuple[str, int]] = {}

    @property
    def standing(self) -> str:
        """The best score so far, and the time that is left or spent."""
        best = ""
        leader = None if self._best is None else self._best.trial
        if leader is not None and leader.result is not None:
            best = f"best {objective(leader.result.metrics, self._task_type)} · "
        left = self._time_budget.left
        if left is not None:
            return f"{best}{duration(left)} left"
        return f"{best}{duration(self._time_budget.spent)} spent"

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], time_budget: TimeBudget
    ) -> None:
        ended = list(trials)
        self._study, self._time_budget = study, time_budget
        self.what = "configurations"
        is_open = study.spec.ends_by_time
        self.total = None if is_open else study.most_trials * (study.spec.folds or 1)
        self.done = sum(trial.proposal.parent is None for trial in ended)
        self.running.clear()
        super().study_started(study, ended, time_budget)

    def trial_started(self, trial: TrialRecord) -> None:
        rung = f", promoted from {trial.proposal.parent}" if trial.proposal.rung else ""
        name = f"{trial_name(trial)}{rung}{part_of_images(trial.proposal.image_share)}"
        self._start(trial.number, name, trial.proposal.epochs)

    def works(self, key: int, activity: Activity | None) -> None:
        if key in self._names:
            name, epochs = self._names[key]
            now = f"epoch 0 of {epochs}" if activity is None else line(activity)
            self.running[key] = f"{name}: {now}"

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        name, epochs = self._names[key]
        text = f"{name}: epoch {epoch.epoch} of {epochs}"
        if self._task_type.validated in epoch.metrics:  # a fold is looked at once only
            text += f", validation {objective(epoch.metrics, self._task_type)}"
        self.running[key] = text

    def trial_ended(self, trial: TrialRecord) -> None:
        self.running.pop(trial.number, None)
        self.done += trial.proposal.parent is None
        super().trial_ended(trial)

    def finals_started(self, best: TrialRecord, left: int, default_left: int) -> None:
        self.what, self.done, self.total = "final trainings", 0, left + default_left
        self.running.clear()
        super().finals_started(best, left, default_left)

    def members_started(self, count: int) -> None:
        self.what, self.done, self.total = "members of the ensemble", 0, count
        super().members_started(count)

    def final_started(self, key: int, role: Role, number: int) -> None:
        name = f"final training, {final_name(role, number)}"
        self._start(key, name, self._study.spec.budget.epochs)

    def final_ended(self, key: int, final: FinalRecord) -> None:
        self._end_final(key)
        super().final_ended(key, final)

    def final_failed(self, key: int, role: Role, number: int, error: str) -> None:
        self._end_final(key)
        super().final_failed(key, role, number, error)

    def _start(self, key: int, name: str, epochs: int) -> None:
        self._names[key] = name, epochs
        self.running[key] = f"{name}: epoch 0 of {epochs}"

    def _end_final(self, key: int) -> None:
        self.running.pop(key, None)
        self.done += 1
