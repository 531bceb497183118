"""Runs one request at a time, in this process."""

from __future__ import annotations

from collections.abc import Container
from typing import Generic

from bench.executors import OnEpoch, OnStart, Request, Result, Work


class InlineExecutor(Generic[Request, Result]):
    """Does the work while ``collect`` waits for it: simple, and easy to debug.

    Args:
        work: Does one request.
    """

    def __init__(self, work: Work[Request, Result]) -> None:
        self._work = work
        self._waiting: list[tuple[int, Request]] = []

    @property
    def free(self) -> int:
        return 1 - len(self._waiting)

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def submit(
        self,
        key: int,
        request: Request,
        *,
        on_start: OnStart = lambda key: True,
        affinity: str = "",
        judged: Container[int] = (),
    ) -> None:
        if on_start(key):
            self._waiting.append((key, request))

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result]:
        key, request = self._waiting.pop(0)
        return key, self._work(request, lambda epoch: on_epoch(key, epoch))

    def close(self) -> None:
        self._waiting.clear()
