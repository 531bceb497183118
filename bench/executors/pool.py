"""Hands requests out to workers, and collects their results, wherever they run."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Generic

from bench.executors import OnEpoch, OnStart, Request, Result
from bench.executors.workers import Worker, Workers
from bench.text.activity import Activity

RETRIES = 1
"""Number of times that a request is tried again after its worker died."""

SILENCE = 1800.0
"""Seconds for which a worker may send nothing, whatever others have taken."""

SILENCES = 10
"""How many times the longest silence before a message a worker may be silent."""


@dataclass(frozen=True)
class _Submitted(Generic[Request]):
    """A request without a result yet; see ``Executor.submit``."""

    request: Request
    on_start: OnStart
    affinity: str
    sync_epochs: Container[int]


class Pool(Generic[Request, Result]):
    """Runs requests on workers, each of which runs one at a time.

    A worker that dies is replaced, and its request is tried once more. If it was ended
    for lack of memory, the request is then the only one that runs.

    A worker that hangs is replaced too, and its request is lost: it must send an epoch
    or a result within half an hour, or within ten times the longest time that any
    message took so far, if that is longer.

    Args:
        source: Starts and ends the workers.
        lost: Makes the result of a request whose workers died, given the reason.
        timeout: Seconds that a request may take; None for no limit.
        silence: Seconds for which a worker may send nothing, at least.
        with_output: Adds to a result the end of what its worker wrote.
        on_activity: As of ``LocalExecutor``.
    """

    def __init__(
        self,
        source: Workers[Any],
        *,
        lost: Callable[[Request, str], Result],
        timeout: float | None = None,
        silence: float = SILENCE,
        with_output: Callable[[Result, str], Result] = lambda result, _: result,
        on_activity: Callable[[int, Activity | None], None] = lambda *_: None,
    ) -> None:
        self._source = source
        self._on_activity = on_activity
        self._lost = lost
        self._timeout = timeout
        self._silence = silence
        self._submitted: dict[int, _Submitted[Request]] = {}
        self._deaths: dict[int, int] = {}
        self._alone: set[int] = set()
        self._queue: deque[int] = deque()
        self._with_output = with_output
        self._workers: list[Worker] = []
        self._hire()

    @property
    def free(self) -> int:
        return len(self._workers) - len(self._submitted)

    @property
    def in_flight(self) -> int:
        return len(self._submitted)

    def submit(
        self,
        key: int,
        request: Request,
        *,
        on_start: OnStart = lambda key: True,
        affinity: str = "",
        sync_epochs: Container[int] = (),
    ) -> None:
        self._submitted[key] = _Submitted(request, on_start, affinity, sync_epochs)
        self._queue.append(key)
        self._hand_out()

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result]:
        """Wait until a request ends, and return its key and result.

        Raises:
            BenchError: The runner raised it, or could not be made for that reason.
            RunnerError: The same for any other error.
        """
        while True:
            self._hire()
            self._hand_out()  # to workers that have become ready
            for worker in self._ready():
                ended = self._receive(worker, on_epoch)
                if ended is not None:
                    return ended

    def close(self) -> None:
        for worker in self._workers:
            self._source.end(worker)
        self._workers.clear()
        self._queue.clear()
        self._submitted.clear()
        self._source.close()

    # Workers -----------------------------------------------------------------

    def _hire(self) -> None:
        """Have as many workers as there is room for now."""
        count = self._source.count()
        for worker in list(self._workers):
            is_left_over = len(self._workers) > count and not worker.is_ready
            if worker.key is None and (worker.is_gone or is_left_over):
                self._source.end(worker)
                self._workers.remove(worker)
        while len(self._workers) < count:
            self._workers.append(self._source.start(len(self._workers)))

    def _renew(self, worker: Worker) -> None:
        self._workers[self._workers.index(worker)] = self._source.renew(worker)

    @property
    def _busy(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.key is not None]

    # Handing out -----------------------------------------------------------

    def _hand_out(self) -> None:
        while self._queue and not self._must_wait():
            idle = [w for w in self._workers if w.key is None and w.is_ready]
            if not idle:
                return
            self._start_request(*self._best_pair(idle))

    def _must_wait(self) -> bool:
        """Whether no request may start while others run."""
        busy = self._busy
        waits_alone = any(key in self._queue for key in self._alone)
        runs_alone = any(worker.key in self._alone for worker in busy)
        return bool(busy) and (waits_alone or runs_alone)

    def _best_pair(self, idle: list[Worker]) -> tuple[Worker, int]:
        """The idle worker and the queued request that suit each other best.

        Requests that run alone come first, then those of an affinity that the worker
        knows, those of an affinity that no worker knows, and those of an affinity that
        another worker of the same machine knows. The first worker and the first
        request are preferred.
        """
        known = {affinity for worker in self._workers for affinity in worker.recent}
        near = {place: self._known_at(place) for place in {w.place for w in idle}}

        def rank(worker: Worker, key: int) -> int:
            affinity = self._submitted[key].affinity
            ranks = (
                key in self._alone,
                affinity in worker.recent,
                affinity not in known,
                affinity in near[worker.place],
                True,
            )
            return ranks.index(True)

        return min(
            ((worker, key) for worker in idle for key in self._queue),
            key=lambda pair: rank(*pair),
        )

    def _known_at(self, place: str) -> set[str]:
        near = (worker for worker in self._workers if worker.place == place)
        return {affinity for worker in near for affinity in worker.recent}

    def _start_request(self, worker: Worker, key: int) -> None:
        self._queue.remove(key)
        submitted = self._submitted[key]
        if not submitted.on_start(key) and key not in self._deaths:
            del self._submitted[key]
            return
        content = (submitted.request, submitted.sync_epochs)
        worker.run(key, content, submitted.affinity)

    # Collecting ------------------------------------------------------------

    def _ready(self) -> list[Worker]:
        """Busy workers that sent a message, died, hang or took too long."""
        busy = self._busy
        first_limit = min(map(self._limit, busy), default=math.inf) - time.monotonic()
        heard = self._source.wait(busy, max(0.0, first_limit))
        return [w for w in busy if w in heard or self._is_overdue(w)]

    def _limit(self, worker: Worker) -> float:
        """Monotonic time by which a busy worker must have sent a message."""
        limit = worker.heard + self._silence
        return limit if self._timeout is None else min(limit, self._ends(worker))

    def _ends(self, worker: Worker) -> float:
        assert self._timeout is not None
        return worker.started + self._timeout

    def _is_overdue(self, worker: Worker) -> bool:
        return time.monotonic() >= self._limit(worker)

    def _receive(self, worker: Worker, on_epoch: OnEpoch) -> tuple[int, Result] | None:
        """Handle a message of a busy worker, or its death.

        Returns:
            Key and result of its request; None if the request has not ended.
        """
        key, before = worker.key, worker.heard
        assert key is not None  # the worker is busy
        message = worker.receive()
        if message is None:
            return self._replace(worker, key)
        self._silence = max(self._silence, SILENCES * (worker.heard - before))
        kind, content = message
        if kind == "activity":
            self._on_activity(key, content)
            return None
        if kind == "epoch":
            goes_on = on_epoch(key, content)
            if not goes_on or content.epoch in self._submitted[key].sync_epochs:
                worker.send(("go on" if goes_on else "stop", key, None))
            return None
        worker.key = None
        if kind != "raised":
            content = self._with_output(content, worker.written)
        if kind == "last":
            self._renew(worker)
        del self._submitted[key]
        self._forget(key)
        self._hand_out()
        if kind == "raised":
            raise content
        return key, content

    def _forget(self, key: int) -> None:
        """Forget how a request went; its key may serve another."""
        self._alone.discard(key)
        self._deaths.pop(key, None)

    def _replace(self, worker: Worker, key: int) -> tuple[int, Result] | None:
        """Replace a worker that is dead, hangs or takes too long.

        Returns:
            Key and result of its request; None if the request is tried again.
        """
        overdue, written = self._overdue(worker), worker.written
        self._renew(worker)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if overdue is None and self._deaths[key] <= RETRIES:
            if worker.lacked_memory:
                self._alone.add(key)
            self._queue.appendleft(key)
            self._hand_out()
            return None
        request = self._submitted.pop(key).request
        self._forget(key)
        self._hand_out()
        result = self._lost(request, overdue or worker.cause)
        return key, self._with_output(result, written)

    def _overdue(self, worker: Worker) -> str | None:
        """Why a worker is ended; None if it died."""
        if not self._is_overdue(worker):
            return None
        if self._timeout is not None and time.monotonic() >= self._ends(worker):
            return f"took longer than {self._timeout:g} s"
        return f"its worker hung: it sent nothing for {self._silence:,.0f} s"
