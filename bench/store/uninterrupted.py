"""Lets an event be recorded whole though a signal asks the process to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that would end the process take effect when the block has ended.

    Python calls handlers of signals in the main thread only, so other threads need
    no such block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def keep(number: int, frame: FrameType | None) -> None:
        came.append(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        for number, handler in handlers.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, keep)
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # it was not set from Python
                signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)
