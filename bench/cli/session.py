"""Starts what needs Keras, on the backend that was chosen."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import typer

from bench.text import complain

if TYPE_CHECKING:
    from bench.records import Resources, StudySpec

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def start_session(spec: StudySpec) -> ModuleType:
    """Import ``bench.study.session``, which needs Keras, on a study's backend."""
    from bench.training import backend

    backend.start(spec.backend)
    return importlib.import_module("bench.study.session")


def start_with_workers(spec: StudySpec, resources: Resources) -> ModuleType:
    """Start a session, and the process that workers are forked from.

    Both import Keras at the same time.
    """
    if resources.workers != 0:
        from bench.executors import local
        from bench.training import PRELOAD

        os.environ["KERAS_BACKEND"] = spec.backend
        local.prepare([PRELOAD])
    return start_session(spec)


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
