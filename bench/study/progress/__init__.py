"""Shows how a study goes: a live view, plain lines, or nothing."""

from rich.console import Console

from bench.study.progress.base import Progress
from bench.study.progress.live import LiveProgress
from bench.study.progress.plain import PlainProgress

__all__ = ["LiveProgress", "PlainProgress", "Progress", "choose"]


def choose(console: Console, *, quiet: bool) -> Progress:
    """The progress display for a console: none, live on a terminal, else plain."""
    if quiet:
        return Progress()
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)
