"""Lets a command be interrupted, with a line that says how to continue."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bench.text import complain

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into a line that says how to continue.

    The exit code is 128 and the number of the signal, as shells have it.
    """
    try:
        with _signals_as_interrupts():
            yield
    except KeyboardInterrupt as interrupt:
        complain(
            "interrupted; what is finished is kept: give the same command again to "
            "continue"
        )
        is_signal = interrupt.args and isinstance(interrupt.args[0], int)
        number = interrupt.args[0] if is_signal else signal.SIGINT
        raise typer.Exit(128 + number) from None


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt as Ctrl-C does, once.

    A signal that is ignored, as SIGHUP is under ``nohup``, stays ignored.
    """

    def interrupt(number: int, _: object) -> None:
        for other in taken:  # what follows must not disturb the end
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers: list[int] = [getattr(signal, name) for name in names]
    taken = [n for n in numbers if signal.getsignal(n) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
