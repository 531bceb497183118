"""Progress in a notebook: one output that is updated in place."""

from __future__ import annotations

import html
import time
from typing import Any

from rich.console import Console

from bench.records import EpochRecord, TrialRecord
from bench.study.progress.tracked import TrackedProgress
from bench.text import visible

INTERVAL = 0.5
"""Seconds between two updates of epochs, since each is sent to a browser."""

MAX_LINES = 200
"""Maximum number of lines that are kept; the oldest are left out."""


class NotebookProgress(TrackedProgress):
    """Lines of finished trials above a bar and the trials that train.

    Args:
        console: Of the notebook; nothing is printed on it.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lines: list[str] = []
        self._output: Any = None
        self._updated = 0.0
        self._is_training = False

    def trial_started(self, trial: TrialRecord) -> None:
        super().trial_started(trial)
        self._is_training = True

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        super().epoch_ended(key, epoch)
        if time.monotonic() - self._updated > INTERVAL:
            self._update()

    def study_ended(self) -> None:
        self._is_training = False
        self._update()

    def html(self) -> str:
        """What is shown now."""
        shown = _preformatted(self._lines)
        if not self._is_training:
            return shown
        bar, of = "<progress></progress>", ""
        if self.total is not None:
            most = max(1, self.total)
            bar = f'<progress value="{self.done}" max="{most}"></progress>'
            of = f" of {self.total}"
        return (
            f"{shown}{_preformatted(self.running.values(), 'opacity: 0.6')}{bar} "
            f"{self.done}{of} {self.what} · {html.escape(self.standing)}"
        )

    def _say(self, text: str) -> None:
        self._lines = [*self._lines, text][-MAX_LINES:]
        self._update()

    def _update(self) -> None:
        from IPython.display import HTML, display

        self._updated = time.monotonic()
        if self._output is None:
            self._output = display(HTML(self.html()), display_id=True)
        else:
            self._output.update(HTML(self.html()))


def _preformatted(lines: Any, style: str = "") -> str:
    text = "\n".join(html.escape(visible(line)) for line in lines)
    return f'<pre style="margin: 0; white-space: pre-wrap; {style}">{text}</pre>'
