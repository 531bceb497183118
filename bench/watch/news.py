"""News of a store: an event whenever another process has changed it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from bench.store import Store

SECONDS = 1.0
"""Minimum time between two looks at the store."""

SHARE = 0.1
"""Maximum share of one core's time that pages of news may take."""

_QUIET_SECONDS = 15.0
"""Time without news after which a line keeps the connection."""


class News:
    """Events of a store; nobody looks at it while nobody listens.

    Args:
        store: Open for reading, in the thread of the event loop.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seconds = 0.0
        self._ended = asyncio.Event()

    def end(self) -> None:
        """End all streams of events."""
        self._ended.set()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure how long a page takes; the next news wait in proportion."""
        started = time.perf_counter()
        yield
        self._seconds = time.perf_counter() - started

    async def events(self) -> AsyncIterator[str]:
        """Server-sent events, the first one at once."""
        version, said = None, 0.0
        while not self._ended.is_set():
            if self._store.version != version:
                version, said = self._store.version, time.monotonic()
                yield f"data: {version}\n\n"
            elif time.monotonic() - said > _QUIET_SECONDS:
                said = time.monotonic()
                yield ": no news\n\n"
            with suppress(TimeoutError):
                wait = max(SECONDS, self._seconds / SHARE)
                await asyncio.wait_for(self._ended.wait(), wait)
