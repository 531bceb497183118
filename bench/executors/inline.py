"""Runs one request at a time, in this process."""

from __future__ import annotations

from collections.abc import Container
from typing import Generic

from bench.executors import OnEpoch, OnStart, Request, Result, Runner


class InlineExecutor(Generic[Request, Result]):
    """Runs a request while ``collect`` waits for it: simple, and easy to debug.

    Args:
        runner: Runs one request.
    """

    def __init__(self, runner: Runner[Request, Result]) -> None:
        self._runner = runner
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
        sync_epochs: Container[int] = (),
    ) -> None:
        if on_start(key):
            self._waiting.append((key, request))

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result]:
        key, request = self._waiting.pop(0)
        return key, self._runner(request, lambda epoch: on_epoch(key, epoch))

    def close(self) -> None:
        self._waiting.clear()
