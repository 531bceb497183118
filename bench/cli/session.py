"""Lets commands be interrupted, and says how a search goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bench.text import complain

INTERRUPTED = 128 + signal.SIGINT
"""Exit code after Ctrl-C, as shells have it."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn an interrupt into a line that says how to continue."""
    try:
        yield
    except KeyboardInterrupt:
        complain(
            "interrupted; what is finished is kept: give the same command again to "
            "continue"
        )
        raise typer.Exit(INTERRUPTED) from None


def forget_interrupt() -> None:
    """Let this process end with its exit code, although it was interrupted.

    Python notes an interrupt in code that ``exec`` runs, as imports do to make classes,
    even if it is handled, and kills the process by SIGINT instead. The next ``exec``
    makes it forget that.
    """
    exec("")


@contextmanager
def signals_as_interrupts() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP interrupt as Ctrl-C does, once.

    So they end whatever a command shows, which may hide the cursor. A signal that is
    ignored, as SIGHUP is under ``nohup``, stays ignored.

    Yields:
        The signals that came.
    """
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        for other in taken:  # what follows must not disturb the end
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers: list[int] = [getattr(signal, name) for name in names]
    taken = [n for n in numbers if signal.getsignal(n) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield came
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
