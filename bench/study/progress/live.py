"""Progress on a terminal: finished trials above a live view of those that train."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from rich import progress
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.records import StudyRecord, TrialRecord
from bench.study.progress.tracked import TrackedProgress
from bench.study.time_budget import TimeBudget
from bench.text.activity import Activity, listening
from bench.text.waiting import line


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
        self._last = ExitStack()
        self._here = ""

    def study_started(
        self, study: StudyRecord, trials: Iterable[TrialRecord], time_budget: TimeBudget
    ) -> None:
        super().study_started(study, trials, time_budget)
        self._task = self._bar.add_task(self.what)
        self._live = Live(
            self, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()
        self._last.enter_context(listening(self._works_here))

    def study_ended(self) -> None:
        self._last.close()
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._bar.remove_task(self._task)

    def __rich__(self) -> Group:
        self._bar.update(
            self._task, description=self.what, total=self.total, completed=self.done
        )
        texts = (*tuple(self.running.values()), self._here)
        return Group(
            *(Text(text, style="dim") for text in texts if text),
            Text(self.standing),
            self._bar,
        )

    def _works_here(self, activity: Activity | None) -> None:
        """Show what this process does, rather than its workers."""
        self._here = "" if activity is None else line(activity)
