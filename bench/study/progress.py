"""Shows how a study goes: a live display, plain lines, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bench.records import (
    CLASSIFICATION,
    GOALS,
    EpochRecord,
    FinalRecord,
    StudyRecord,
    TrialRecord,
    TrialState,
)
from bench.records.selection import BestSoFar
from bench.study.progress_lines import (
    budget_text,
    candidate_line,
    duration,
    final_line,
    objective,
    title,
    trial_line,
    trial_name,
)
from bench.study.time_budget import BudgetClock


class Display(Protocol):
    """Is told what a study does, in order, from one thread."""

    def prepares(self, what: str) -> None:
        """Something takes its time before the study."""

    def already_finished(self, study: StudyRecord) -> None: ...

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], clock: BudgetClock
    ) -> None:
        """``trials`` are those that earlier sittings finished."""

    def trial_started(self, trial: TrialRecord) -> None: ...

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        """``key`` is the trial's number, or the seed of a final training."""

    def trial_ended(self, trial: TrialRecord) -> None: ...

    def finals_started(self, best: TrialRecord, left: int) -> None: ...

    def final_started(self, seed: int) -> None: ...

    def final_ended(self, final: FinalRecord) -> None: ...

    def study_ended(self) -> None:
        """Called once after ``study_started``, whatever happened between."""


class QuietDisplay:
    """Says nothing."""

    def prepares(self, what: str) -> None:
        pass

    def already_finished(self, study: StudyRecord) -> None:
        pass

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], clock: BudgetClock
    ) -> None:
        pass

    def trial_started(self, trial: TrialRecord) -> None:
        pass

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        pass

    def trial_ended(self, trial: TrialRecord) -> None:
        pass

    def finals_started(self, best: TrialRecord, left: int) -> None:
        pass

    def final_started(self, seed: int) -> None:
        pass

    def final_ended(self, final: FinalRecord) -> None:
        pass

    def study_ended(self) -> None:
        pass


class PlainDisplay:
    """Prints one line for each trial, for logs and pipes.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._goal = GOALS[CLASSIFICATION]
        self._best: BestSoFar | None = None
        self._shown: Sequence[str] = ()

    def prepares(self, what: str) -> None:
        self._say(what)

    def already_finished(self, study: StudyRecord) -> None:
        self._say(
            f"{title(study.spec)} is finished; nothing was trained "
            "(--fresh starts it over)"
        )

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], clock: BudgetClock
    ) -> None:
        done = list(trials)
        self._goal = study.spec.aim
        self._best = BestSoFar(study.spec)
        self._shown = study.spec.only or ()
        for trial in done:
            self._best.add(trial)
        task = study.task
        self._say(
            f"{title(study.spec)}: {task.train:,} training, {task.validation:,} "
            f"validation, {task.test:,} test images; {budget_text(study.spec)}"
        )
        if done:
            self._say(f"continuing after {len(done)} finished trials")

    def trial_started(self, trial: TrialRecord) -> None:
        pass

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        pass

    def trial_ended(self, trial: TrialRecord) -> None:
        assert self._best is not None
        completed, goal = self._best.add(trial), self._goal
        if completed is trial or trial.state is TrialState.FAILED:
            self._say(trial_line(trial, self._best.trial, goal))
        elif completed is not None:
            self._say(candidate_line(completed, self._best.trial, self._shown, goal))

    def finals_started(self, best: TrialRecord, left: int) -> None:
        if left:
            which = f"trial {best.number}"
            if best.proposal.fold is not None:
                which = f"from {which}"
            seeds = "1 seed" if left == 1 else f"{left} seeds"
            self._say(f"training the best ({which}) with {seeds}")

    def final_started(self, seed: int) -> None:
        pass

    def final_ended(self, final: FinalRecord) -> None:
        self._say(final_line(final, self._goal))

    def study_ended(self) -> None:
        pass

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)


class LiveDisplay(PlainDisplay):
    """A line for each trial above a live line: best, epoch, trials, time left.

    Args:
        console: A terminal.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn()
        )
        self._live: Live | None = None
        self._clock = BudgetClock(None)
        self._running: dict[int, str] = {}
        self._names: dict[int, tuple[str, int]] = {}

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], clock: BudgetClock
    ) -> None:
        done = list(trials)
        super().study_started(study, done, clock)
        self._clock = clock
        self._study = study
        self._task = self._bar.add_task(
            "configurations",
            total=study.spec.budget.trials * (study.spec.folds or 1),
            completed=sum(t.proposal.parent is None for t in done),
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
        if self._goal.validated in epoch.metrics:  # a fold is looked at once only
            text += f", validation {objective(epoch.metrics, self._goal)}"
        self._running[key] = text

    def trial_ended(self, trial: TrialRecord) -> None:
        super().trial_ended(trial)
        self._running.pop(trial.number, None)
        if trial.proposal.parent is None:
            self._bar.advance(self._task)

    def finals_started(self, best: TrialRecord, left: int) -> None:
        super().finals_started(best, left)
        self._bar.update(
            self._task, description="final trainings", total=left, completed=0
        )
        self._running.clear()

    def final_started(self, seed: int) -> None:
        self._name(seed, f"final training, seed {seed}", self._study.spec.budget.epochs)

    def final_ended(self, final: FinalRecord) -> None:
        super().final_ended(final)
        self._running.pop(final.seed, None)
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
            best = f"best {objective(leader.result.metrics, self._goal)} · "
        left = self._clock.left
        clock = f"{duration(self._clock.spent)} spent"
        if left is not None:
            clock = f"{duration(left)} left"
        return Group(
            *(Text(text, style="dim") for text in self._running.values()),
            Text(f"{best}{clock}"),
            self._bar,
        )


def choose(console: Console, *, quiet: bool) -> Display:
    """The display that suits an output: none, live on a terminal, else plain."""
    if quiet:
        return QuietDisplay()
    return LiveDisplay(console) if console.is_terminal else PlainDisplay(console)
