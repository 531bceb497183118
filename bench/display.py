"""Shows how a study goes: a live display, plain lines, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bench.clock import BudgetClock
from bench.records import (
    OBJECTIVE,
    EpochRecord,
    FinalRecord,
    StudyRecord,
    StudySpec,
    TrialRecord,
    TrialState,
)


class Display(Protocol):
    """Is told what a study does, in order, from one thread."""

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
        self._best: TrialRecord | None = None

    def already_finished(self, study: StudyRecord) -> None:
        self._say(
            f"{title(study.spec)} is finished; nothing was trained "
            "(--fresh starts it over)"
        )

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], clock: BudgetClock
    ) -> None:
        done = list(trials)
        self._best = None
        for trial in done:
            self._keep_if_best(trial)
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
        self._keep_if_best(trial)
        self._say(trial_line(trial, self._best))

    def finals_started(self, best: TrialRecord, left: int) -> None:
        if left:
            self._say(f"training the best (trial {best.number}) with {left} seeds")

    def final_started(self, seed: int) -> None:
        pass

    def final_ended(self, final: FinalRecord) -> None:
        self._say(final_line(final))

    def study_ended(self) -> None:
        pass

    def _keep_if_best(self, trial: TrialRecord) -> None:
        self._best = better(self._best, trial)

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
            total=study.spec.budget.trials,
            completed=sum(t.proposal.parent is None for t in done),
        )
        self._live = Live(
            self, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def trial_started(self, trial: TrialRecord) -> None:
        rung = f", promoted from {trial.proposal.parent}" if trial.proposal.rung else ""
        self._name(trial.number, f"trial {trial.number}{rung}", trial.proposal.epochs)

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        score = epoch.metrics[OBJECTIVE.metric]
        name, epochs = self._names[key]
        self._running[key] = (
            f"{name}: epoch {epoch.epoch} of {epochs}, validation {score:.4f}"
        )

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
        if self._best is not None and self._best.result is not None:
            best = f"best {self._best.result.metrics[OBJECTIVE.metric]:.4f} · "
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


def title(spec: StudySpec) -> str:
    return f"{spec.family} on {spec.dataset} by {spec.searcher}"


def budget_text(spec: StudySpec) -> str:
    budget = spec.budget
    text = f"{budget.trials} configurations, up to {budget.epochs} epochs"
    if budget.seconds is not None:
        text += f", {duration(budget.seconds)}"
    return text


def trial_line(trial: TrialRecord, best: TrialRecord | None) -> str:
    """What came of a trial, on one line."""
    result = trial.result
    assert result is not None
    name = f"trial {trial.number}"
    if trial.proposal.parent is not None:
        name += f" (promoted from {trial.proposal.parent})"
    if trial.state is TrialState.FAILED:
        return f"{name} failed: {result.error}"
    text = (
        f"{name}: validation accuracy {result.metrics[OBJECTIVE.metric]:.4f}, "
        f"{result.epochs} epochs, {duration(result.seconds)}"
    )
    return text + (" · best so far" if best is trial else "")


def final_line(final: FinalRecord) -> str:
    return (
        f"seed {final.seed}: test accuracy {final.metrics['test_accuracy']:.4f}, "
        f"{final.epochs} epochs, {duration(final.seconds)}"
    )


def better(best: TrialRecord | None, trial: TrialRecord) -> TrialRecord | None:
    """The better of two trials; a failed one is never it."""
    if trial.result is None or trial.state is TrialState.FAILED:
        return best
    if best is None or best.result is None:
        return trial
    key = OBJECTIVE.key
    return trial if key(trial.result.metrics) > key(best.result.metrics) else best


def duration(seconds: float) -> str:
    """Seconds as people say them: ``4.2 s``, ``3m 05s``, ``1h 02m``."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m"
