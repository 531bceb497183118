"""What this process does now and takes its time, told to whoever shows it.

The code that does it knows of no display: it says so by ``doing``. A command, a live
view or a worker listens by ``listening``, and shows it or passes it on. Each thread has
a listener of its own, and none when it begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


_listener: ContextVar[Listener] = ContextVar("listener", default=_nobody)
_current: ContextVar[Activity | None] = ContextVar("current", default=None)


@contextmanager
def listening(listener: Listener = _nobody) -> Iterator[None]:
    """Let a listener, or nobody, be told of activities instead of the one before."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def pass_on(activity: Activity | None) -> None:
    """Tell the listener of what another thread does; None when it has ended."""
    _listener.get()(activity)


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
    listener, before, began = _listener.get(), _current.get(), time.monotonic()
    told = began

    def reach(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= INTERVAL:
            told = now
            listener(Activity(what=what, done=done, total=total, seconds=now - began))

    activity = Activity(what=what, total=total)
    _current.set(activity)
    listener(activity)
    try:
        yield reach
    finally:
        _current.set(before)
        listener(before)
