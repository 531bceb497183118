"""Progress on a terminal: finished trials above a live view of those that train."""

from __future__ import annotations

from collections.abc import Iterable

from rich import progress
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.records import EpochRecord, FinalRecord, Role, StudyRecord, TrialRecord
from bench.records.durations import duration
from bench.study.progress.lines import final_name, objective, trial_name
from bench.study.progress.plain import PlainProgress
from bench.study.time_budget import TimeBudget


class LiveProgress(PlainProgress):
    """Lines of finished trials above a live view: best score, epochs, time left.

    Args:
        console: Console of a terminal.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(24),
            progress.MofNCompleteColumn(),
        )
        self._live: Live | None = None
        self._time_budget = TimeBudget(None)
        self._running: dict[int, str] = {}
        self._names: dict[int, tuple[str, int]] = {}

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], time_budget: TimeBudget
    ) -> None:
        ended = list(trials)
        super().study_started(study, ended, time_budget)
        self._time_budget = time_budget
        self._study = study
        self._task = self._bar.add_task(
            "configurations",
            total=study.spec.budget.trials * (study.spec.folds or 1),
            completed=sum(t.proposal.parent is None for t in ended),
        )
        self._live = Live(
            self, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def trial_started(self, trial: TrialRecord) -> None:
        rung = f", promoted from {trial.proposal.parent}" if trial.proposal.rung else ""
        name = f"{trial_name(trial)}{rung}"
        self._name(trial.number, name, trial.proposal.epochs)

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        name, epochs = self._names[key]
        text = f"{name}: epoch {epoch.epoch} of {epochs}"
        if self._task_type.validated in epoch.metrics:  # a fold is looked at once only
            text += f", validation {objective(epoch.metrics, self._task_type)}"
        self._running[key] = text

    def trial_ended(self, trial: TrialRecord) -> None:
        super().trial_ended(trial)
        self._running.pop(trial.number, None)
        if trial.proposal.parent is None:
            self._bar.advance(self._task)

    def finals_started(self, best: TrialRecord, left: int, default_left: int) -> None:
        super().finals_started(best, left, default_left)
        total = left + default_left
        self._bar.update(
            self._task, description="final trainings", total=total, completed=0
        )
        self._running.clear()

    def final_started(self, key: int, role: Role, seed: int) -> None:
        name = f"final training, {final_name(role, seed)}"
        self._name(key, name, self._study.spec.budget.epochs)

    def final_ended(self, key: int, final: FinalRecord) -> None:
        super().final_ended(key, final)
        self._end_final(key)

    def final_failed(self, key: int, role: Role, seed: int, error: str) -> None:
        super().final_failed(key, role, seed, error)
        self._end_final(key)

    def _end_final(self, key: int) -> None:
        self._running.pop(key, None)
        self._bar.advance(self._task)

    def _name(self, key: int, name: str, epochs: int) -> None:
        self._names[key] = name, epochs
        self._running[key] = f"{name}: epoch 0 of {epochs}"

    def study_ended(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._bar.remove_task(self._task)

    def __rich__(self) -> Group:
        best = ""
        leader = None if self._best is None else self._best.trial
        if leader is not None and leader.result is not None:
            best = f"best {objective(leader.result.metrics, self._task_type)} · "
        left = self._time_budget.left
        time = f"{duration(self._time_budget.spent)} spent"
        if left is not None:
            time = f"{duration(left)} left"
        return Group(
            *(Text(text, style="dim") for text in self._running.values()),
            Text(f"{best}{time}"),
            self._bar,
        )
