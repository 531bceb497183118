"""Shows how a study goes: a live view, plain lines, a notebook's output, or nothing."""

from rich.console import Console

from bench.study.progress.base import Progress
from bench.study.progress.live import LiveProgress
from bench.study.progress.notebook import NotebookProgress
from bench.study.progress.plain import PlainProgress
from bench.text.waiting import can_rewrite

__all__ = ["LiveProgress", "NotebookProgress", "PlainProgress", "Progress", "choose"]


def choose(console: Console, *, quiet: bool) -> Progress:
    """The progress display for a console: none, or one for its kind."""
    if quiet:
        return Progress()
    if console.is_jupyter:
        return NotebookProgress(console)
    return LiveProgress(console) if can_rewrite(console) else PlainProgress(console)
