"""Runs requests on warm processes of this machine, one thread each."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, Generic

from bench.executors import OnEpoch, OnStart, Request, Result, Runner
from bench.executors.memory import MemoryWatch
from bench.executors.process import WorkerProcess

FORK_SERVER = "bench.executors.fork_server"
"""First module that is imported by the process from which workers are forked."""

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


class LocalExecutor(Generic[Request, Result]):
    """A pool of processes, forked from a process that has done all imports.

    A worker that dies is replaced, and its request is tried once more. If it was ended
    for lack of memory, the request is then the only one that runs.

    A worker that hangs is replaced too, and its request is lost: it must send an epoch
    or a result within half an hour, or within ten times the longest time that any
    message took so far, if that is longer.

    Args:
        make_runner: Called once in each worker with the worker's slot, from 0. It
            must be picklable, and so must requests and results.
        workers: Number of processes, at least 1.
        lost: Makes the result of a request whose workers died, given the reason.
        preload: Modules that are imported before the first fork.
        timeout: Seconds that a request may take; None for no limit.
        silence: Seconds for which a worker may send nothing, at least.
        memory: Bytes that the workers may take together; None for no limit. When
            they take more, the largest worker is ended.
        with_output: Adds to a result the end of what its worker wrote.
    """

    def __init__(
        self,
        make_runner: Callable[[int], Runner[Request, Result]],
        workers: int,
        *,
        lost: Callable[[Request, str], Result],
        preload: Sequence[str] = (),
        timeout: float | None = None,
        silence: float = SILENCE,
        memory: int | None = None,
        with_output: Callable[[Result, str], Result] = lambda result, _: result,
    ) -> None:
        self._make_runner = make_runner
        self._count = workers
        self._lost = lost
        self._timeout = timeout
        self._silence = silence
        self._context = _context(preload)
        self._submitted: dict[int, _Submitted[Request]] = {}
        self._deaths: dict[int, int] = {}
        self._alone: set[int] = set()
        self._queue: deque[int] = deque()
        self._with_output = with_output
        self._workers = [self._start(slot) for slot in range(workers)]
        self._memory = None
        if memory is not None:
            self._memory = MemoryWatch(memory, lambda: tuple(self._workers))

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
            for worker in self._ready():
                ended = self._receive(worker, on_epoch)
                if ended is not None:
                    return ended

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._queue.clear()
        self._submitted.clear()

    # Handing out -----------------------------------------------------------

    def _start(self, slot: int) -> WorkerProcess:
        return WorkerProcess.start(self._context, self._make_runner, slot, self._count)

    @property
    def _busy(self) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker.key is not None]

    def _hand_out(self) -> None:
        for worker in self._workers:
            while worker.key is None and self._queue and not self._must_wait():
                self._start_request(worker, self._choose(worker))

    def _must_wait(self) -> bool:
        """Whether no request may start while others run."""
        waits_alone = any(key in self._alone for key in self._queue)
        runs_alone = any(worker.key in self._alone for worker in self._busy)
        return bool(self._busy) and (waits_alone or runs_alone)

    def _choose(self, worker: WorkerProcess) -> int:
        """Key of the queued request that suits a worker best.

        Requests that run alone come first, then those of an affinity that the worker
        knows, then those of an affinity that no worker knows.
        """
        known = {a for other in self._workers for a in other.recent}
        affinities = {key: self._submitted[key].affinity for key in self._queue}
        alone = [key for key in self._queue if key in self._alone]
        suited = [key for key in self._queue if affinities[key] in worker.recent]
        new = [key for key in self._queue if affinities[key] not in known]
        return [*alone, *suited, *new, *self._queue][0]

    def _start_request(self, worker: WorkerProcess, key: int) -> None:
        self._queue.remove(key)
        submitted = self._submitted[key]
        if not submitted.on_start(key) and key not in self._deaths:
            del self._submitted[key]
            return
        content = (submitted.request, submitted.sync_epochs)
        worker.run(key, content, submitted.affinity)

    # Collecting ------------------------------------------------------------

    def _ready(self) -> list[WorkerProcess]:
        """Busy workers that sent a message, died, hang or took too long."""
        busy = self._busy
        handles = {worker.pipe: worker for worker in busy} | {
            worker.process.sentinel: worker for worker in busy
        }
        first_limit = min(map(self._limit, busy)) - time.monotonic()
        ready = wait(list(handles), max(0.0, first_limit))
        slots = {handles[handle].slot for handle in ready}
        return [w for w in busy if w.slot in slots or self._is_overdue(w)]

    def _limit(self, worker: WorkerProcess) -> float:
        """Monotonic time by which a busy worker must have sent a message."""
        limit = worker.heard + self._silence
        return limit if self._timeout is None else min(limit, self._ends(worker))

    def _ends(self, worker: WorkerProcess) -> float:
        assert self._timeout is not None
        return worker.started + self._timeout

    def _is_overdue(self, worker: WorkerProcess) -> bool:
        return time.monotonic() >= self._limit(worker)

    def _receive(
        self, worker: WorkerProcess, on_epoch: OnEpoch
    ) -> tuple[int, Result] | None:
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
        if kind == "epoch":
            goes_on = on_epoch(key, content)
            if not goes_on or content.epoch in self._submitted[key].sync_epochs:
                worker.send(("go on" if goes_on else "stop", key, None))
            return None
        worker.key = None
        if kind != "raised":
            content = self._with_output(content, worker.output.text())
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

    def _renew(self, worker: WorkerProcess) -> None:
        worker.end()
        self._workers[worker.slot] = self._start(worker.slot)

    def _replace(self, worker: WorkerProcess, key: int) -> tuple[int, Result] | None:
        """Replace a worker that is dead, hangs or takes too long.

        Returns:
            Key and result of its request; None if the request is tried again.
        """
        overdue, written = self._overdue(worker), worker.output.text()
        self._renew(worker)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if overdue is None and self._deaths[key] <= RETRIES:
            if worker.excess is not None or worker.was_killed_for_memory:
                self._alone.add(key)
            self._queue.appendleft(key)
            self._hand_out()
            return None
        request = self._submitted.pop(key).request
        self._forget(key)
        self._hand_out()
        result = self._lost(request, overdue or worker.cause)
        return key, self._with_output(result, written)

    def _overdue(self, worker: WorkerProcess) -> str | None:
        """Why a worker is ended; None if it died."""
        if not self._is_overdue(worker):
            return None
        if self._timeout is not None and time.monotonic() >= self._ends(worker):
            return f"took longer than {self._timeout:g} s"
        return f"its worker hung: it sent nothing for {self._silence:,.0f} s"


def prepare(preload: Sequence[str]) -> None:
    """Start the process that workers are forked from, without waiting for it."""
    context = _context(preload)
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def _context(preload: Sequence[str]) -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([FORK_SERVER, *preload])
    return context
