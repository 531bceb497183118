"""What this process does now and takes its time, told to whoever shows it.

The code that does it knows of no display: it says so by ``doing``. A command, a live
view or a worker listens by ``listening``, and shows it or passes it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

INTERVAL = 0.25
"""Seconds between two reports of how far something is, at least."""

BAR = 20
"""Characters of a bar."""

MANY = 1_000
"""Number of images from which a bar says how many of them are read."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something that takes its time.

    Attributes:
        what: In words, such as ``reading images``.
        done, total: How many of its parts are done, and how many there are; None if
            it has no parts.
        seconds: Seconds since it began.
    """

    what: str
    done: int = 0
    total: int | None = None
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Forecast; None while nothing is done."""
        if not self.done or self.total is None:
            return None
        return self.seconds * (self.total - self.done) / self.done


Listener = Callable[[Activity | None], None]
"""Is called, from one thread at a time, when an activity begins and goes on; with None
when it ends."""


def _nobody(activity: Activity | None) -> None:
    """Listens to no activity."""


_listener: Listener = _nobody
_current: Activity | None = None


@contextmanager
def listening(listener: Listener = _nobody) -> Iterator[None]:
    """Let a listener, or nobody, be told of activities instead of the one before."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


@contextmanager
def doing(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Tell the listener of something that takes its time.

    It may be part of another activity, which goes on afterwards.

    Args:
        what: In words.
        total: Number of its parts; None if it has none.

    Yields:
        A function to call with the number of parts that are done.
    """
    global _current
    listener, before, began = _listener, _current, time.monotonic()
    told = began

    def reach(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= INTERVAL:
            told = now
            listener(Activity(what=what, done=done, total=total, seconds=now - began))

    _current = Activity(what=what, total=total)
    listener(_current)
    try:
        yield reach
    finally:
        _current = before
        listener(before)
