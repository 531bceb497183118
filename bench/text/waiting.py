"""A line on a terminal that says what a command does now. Imports rich when it must."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.text.activity import BAR, Activity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Waiting:
    """Shows the activity of this process as a line that vanishes when it ends.

    Nothing is shown where standard output is no terminal, or a dumb one.
    """

    def __init__(self) -> None:
        self._shown: Status | None = None

    def __call__(self, activity: Activity | None) -> None:
        if activity is None:
            self._stop()
        elif self._shown is not None:
            self._update(self._shown, activity)
        elif sys.stdout.isatty():
            self._start(activity)

    def _start(self, activity: Activity) -> None:
        from bench.text.console import SafeConsole

        console = SafeConsole()
        if can_rewrite(console):
            self._shown = console.status("", spinner="line", refresh_per_second=4)
            self._update(self._shown, activity)
            self._shown.start()

    def _update(self, shown: Status, activity: Activity) -> None:
        from rich.text import Text

        shown.update(Text(line(activity)))  # a plain text would be taken for markup

    def _stop(self) -> None:
        """Remove the line, and show the cursor again."""
        if self._shown is not None:
            self._shown.stop()
            self._shown = None


def can_rewrite(console: Console) -> bool:
    """Whether a console is a terminal on which lines can be written again."""
    return console.is_terminal and not console.is_dumb_terminal


def line(activity: Activity) -> str:
    """An activity in words, with a bar if it has parts."""
    total = activity.total
    if not total:
        return f"{activity.what} ..."
    filled = BAR * activity.done // total
    bar = "#" * filled + "-" * (BAR - filled)
    text = f"{activity.what} [{bar}] {activity.done:,} of {total:,}"
    left = activity.seconds_left
    return text if left is None else f"{text}, {_rounded(left)} left"


def _rounded(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
