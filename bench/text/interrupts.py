"""Lets signals that interrupt wait for the end of what they must not interrupt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NUMBERS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let the first interrupt come at the end of the block; a second one comes at once.

    An interrupt amid imports may be taken for one that failed by the code that is
    imported, and is lost then; it may also leave a module's lock that no thread
    releases, on which the imports of another thread wait for ever (Python's issue
    91351). Only the main thread is interrupted, so that others do nothing here.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {
        number: handler
        for number in _NUMBERS
        if callable(handler := signal.getsignal(number))
    }

    def keep(number: int, frame: FrameType | None) -> None:
        if came:
            handlers[number](number, frame)
        came.append(number)

    for number in handlers:
        signal.signal(number, keep)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) is keep:
                signal.signal(number, handler)
    if came:
        handlers[came[0]](came[0], None)
