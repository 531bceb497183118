"""The memory that the workers of a pool may take together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import psutil

from bench.machine import available_memory

SHARE = 0.9
"""Share of the free memory that workers may take."""

LEAST = 2**30
"""Bytes that they may take in any case."""

INTERVAL = 0.1
"""Seconds between two looks at the memory of workers."""


class Measured(Protocol):
    """A process whose memory is measured.

    Attributes:
        handle: Measures it; None if it has ended.
        excess: Is set to the reason when the process is ended.
    """

    handle: psutil.Process | None
    excess: str | None


def limit() -> int:
    """Bytes that workers may take together, of the memory that is free now."""
    return max(LEAST, int(SHARE * available_memory()))


class MemoryWatch:
    """Ends the largest worker when all of them take too much memory together.

    Otherwise the system would end some process of its choice, such as the study's.
    What a worker shares with others doesn't count: files that are mapped into memory,
    and what it had when it was first looked at.

    Args:
        limit: Bytes that they may take together.
        workers: Returns those that run.
    """

    def __init__(self, limit: int, workers: Callable[[], Sequence[Measured]]) -> None:
        self._limit = limit
        self._workers = workers
        self._first: dict[psutil.Process, int] = {}
        self._is_closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        self._is_closed.set()

    def _watch(self) -> None:
        while not self._is_closed.wait(INTERVAL):
            taken = [(self._taken(w.handle), w) for w in self._workers() if w.handle]
            if sum(size for size, _ in taken) > self._limit:
                self._end(*max(taken, key=lambda pair: pair[0]))

    def _end(self, size: int, worker: Measured) -> None:
        worker.excess = (
            f"took {size / 2**30:.1f} GiB of memory; all workers together may take "
            f"{self._limit / 2**30:.1f} GiB"
        )
        with suppress(psutil.Error):
            assert worker.handle is not None
            worker.handle.kill()

    def _taken(self, process: psutil.Process) -> int:
        """Bytes that a process has taken since it was first looked at."""
        try:
            memory = process.memory_info()
        except psutil.Error:  # it has ended
            return 0
        own: int = memory.rss - getattr(memory, "shared", 0)
        return max(0, own - self._first.setdefault(process, own))
