"""Progress as one line for each trial, for logs and pipes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from bench.records import (
    CLASSIFICATION,
    TASK_TYPES,
    FinalRecord,
    Origin,
    Role,
    StudyRecord,
    TrialRecord,
    TrialState,
)
from bench.records.selection import BestSoFar
from bench.records.wording import budget_text, counted
from bench.study.progress.base import Progress
from bench.study.progress.lines import (
    candidate_line,
    final_line,
    final_name,
    title,
    trial_line,
)
from bench.study.time_budget import TimeBudget
from bench.text import terminal


class PlainProgress(Progress):
    """Prints one line for each trial, for logs and pipes.

    Args:
        console: Prints the lines.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._task_type = TASK_TYPES[CLASSIFICATION]
        self._best: BestSoFar | None = None
        self._shown: Sequence[str] = ()
        self._described = ""

    def prepares(self, what: str) -> None:
        self._say(what)

    def remarks(self, text: str) -> None:
        self._say(text)

    def describes_data(self, line: str) -> None:
        if line != self._described:  # once for all studies of a data set
            self._described = line
            self._say(line)

    def already_finished(self, study: StudyRecord) -> None:
        self._say(
            f"{title(study.spec)} is finished; nothing was trained "
            "(--fresh starts it over)"
        )

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], time_budget: TimeBudget
    ) -> None:
        ended = list(trials)
        self._task_type = study.spec.task_type
        self._best = BestSoFar(study.spec)
        self._shown = study.spec.only or ()
        for trial in ended:
            self._best.add(trial)
        task = study.task
        self._say(
            f"{title(study.spec)}: {task.train:,} training, {task.validation:,} "
            f"validation, {task.test:,} test images; {budget_text(study.spec)}"
        )
        if ended:
            self._say(f"continuing after {counted(len(ended), 'finished trial')}")

    def trial_ended(self, trial: TrialRecord) -> None:
        assert self._best is not None
        completed, task_type = self._best.add(trial), self._task_type
        if completed is trial or trial.state is TrialState.FAILED:
            self._say(trial_line(trial, self._best.trial, task_type))
        elif completed is not None:
            self._say(
                candidate_line(completed, self._best.trial, self._shown, task_type)
            )

    def finals_started(self, best: TrialRecord, left: int, default_left: int) -> None:
        if left:
            which = f"trial {best.number}"
            if best.proposal.fold is not None:
                which = f"from {which}"
            if best.proposal.origin is Origin.DEFAULT:
                which += ", the default configuration"
            self._say(f"training the best ({which}) with {counted(left, 'seed')}")
        if default_left:
            then = "then " if left else ""
            seeds = counted(default_left, "seed")
            self._say(f"{then}training the default configuration with {seeds}")

    def members_started(self, count: int) -> None:
        self._say(f"training {counted(count, 'more configuration')} for the ensemble")

    def final_ended(self, key: int, final: FinalRecord) -> None:
        self._say(final_line(final, self._task_type))

    def final_failed(self, key: int, role: Role, number: int, error: str) -> None:
        self._say(f"{final_name(role, number)} failed: {error}")

    def _say(self, text: str) -> None:
        line = terminal(text)
        self._console.print(line, highlight=False, soft_wrap=True, markup=False)
