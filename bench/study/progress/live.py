"""Progress on a terminal: finished trials above a live view of those that train."""

from __future__ import annotations

from collections.abc import Iterable

from rich import progress
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.records import StudyRecord, TrialRecord
from bench.study.progress.tracked import TrackedProgress
from bench.study.time_budget import TimeBudget


class LiveProgress(TrackedProgress):
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

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], time_budget: TimeBudget
    ) -> None:
        super().study_started(study, trials, time_budget)
        self._task = self._bar.add_task(self.what)
        self._live = Live(
            self, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def study_ended(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._bar.remove_task(self._task)

    def __rich__(self) -> Group:
        self._bar.update(
            self._task, description=self.what, total=self.total, completed=self.done
        )
        return Group(
            *(Text(text, style="dim") for text in tuple(self.running.values())),
            Text(self.standing),
            self._bar,
        )
