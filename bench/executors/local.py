"""Runs requests on warm processes of this machine, one thread each."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic

from bench.executors import OnEpoch, OnStart, Request, Result, Runner
from bench.executors.worker import serve

RETRIES = 1
"""Number of times that a request is tried again after its worker died."""

RECENT = 16
"""Number of affinities that are remembered for each worker."""


class RunnerError(RuntimeError):
    """A runner raised an error in another process; the message names its type."""


@dataclass
class _Worker:
    """A process and what it runs.

    Attributes:
        slot: Position in the pool, from 0.
        process: The process.
        pipe: This process' end of the pipe to it.
        key: Key of the request that it runs; None while it is idle.
        started: When that request started, by the monotonic clock.
        recent: Affinities of its last requests.
    """

    slot: int
    process: Any
    pipe: Connection
    key: int | None = None
    started: float = 0.0
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))


@dataclass(frozen=True)
class _Submitted(Generic[Request]):
    """A request without a result yet; see ``Executor.submit``."""

    request: Request
    on_start: OnStart
    affinity: str
    sync_epochs: Container[int]


class LocalExecutor(Generic[Request, Result]):
    """A pool of processes, forked from a process that has done all imports.

    A worker that dies is replaced, and its request is tried once more.

    Args:
        make_runner: Called once in each worker with the worker's slot, from 0. It
            must be picklable, and so must requests and results.
        workers: Number of processes, at least 1.
        lost: Makes the result of a request whose workers died, given the reason.
        preload: Modules that are imported before the first fork.
        timeout: Seconds that a request may take; None for no limit.
    """

    def __init__(
        self,
        make_runner: Callable[[int], Runner[Request, Result]],
        workers: int,
        *,
        lost: Callable[[Request, str], Result],
        preload: Sequence[str] = (),
        timeout: float | None = None,
    ) -> None:
        self._make_runner = make_runner
        self._count = workers
        self._lost = lost
        self._timeout = timeout
        self._context = _context(preload)
        self._submitted: dict[int, _Submitted[Request]] = {}
        self._deaths: dict[int, int] = {}
        self._queue: deque[int] = deque()
        self._workers = [self._start(slot) for slot in range(workers)]

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
            RunnerError: The runner raised an error.
        """
        while True:
            for worker in self._ready():
                ended = self._receive(worker, on_epoch)
                if ended is not None:
                    return ended

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()
        self._queue.clear()
        self._submitted.clear()

    # One worker ------------------------------------------------------------

    def _start(self, slot: int) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve,
            args=(theirs, self._make_runner, slot, self._count),
            name=f"bench worker {slot}",
            daemon=True,
        )
        process.start()
        theirs.close()
        return _Worker(slot=slot, process=process, pipe=ours)

    def _hand_out(self) -> None:
        for worker in self._workers:
            while worker.key is None and self._queue:
                self._start_request(worker, self._choose(worker))

    def _choose(self, worker: _Worker) -> int:
        """Key of the queued request that suits a worker best.

        A request of an affinity that the worker knows comes first, then a request of
        an affinity that no worker knows.
        """
        known = {a for other in self._workers for a in other.recent}
        affinities = {key: self._submitted[key].affinity for key in self._queue}
        suited = [key for key in self._queue if affinities[key] in worker.recent]
        new = [key for key in self._queue if affinities[key] not in known]
        return [*suited, *new, *self._queue][0]

    def _start_request(self, worker: _Worker, key: int) -> None:
        self._queue.remove(key)
        submitted = self._submitted[key]
        if not submitted.on_start(key) and key not in self._deaths:
            del self._submitted[key]
            return
        worker.key, worker.started = key, time.monotonic()
        if submitted.affinity in worker.recent:
            worker.recent.remove(submitted.affinity)
        worker.recent.append(submitted.affinity)
        with contextlib.suppress(OSError):  # it died; collect will notice
            worker.pipe.send(("run", key, (submitted.request, submitted.sync_epochs)))

    def _ready(self) -> list[_Worker]:
        """Busy workers that sent a message, died or took too long."""
        busy = [worker for worker in self._workers if worker.key is not None]
        handles = {worker.pipe: worker for worker in busy} | {
            worker.process.sentinel: worker for worker in busy
        }
        ready = wait(list(handles), self._seconds_to_timeout())
        slots = {handles[handle].slot for handle in ready}
        return [w for w in busy if w.slot in slots or self._is_late(w)]

    def _seconds_to_timeout(self) -> float | None:
        """Seconds until the first busy worker is late; None without a timeout."""
        if self._timeout is None:
            return None
        started = [w.started for w in self._workers if w.key is not None]
        return max(0.0, min(started) + self._timeout - time.monotonic())

    def _is_late(self, worker: _Worker) -> bool:
        taken = time.monotonic() - worker.started
        return self._timeout is not None and taken >= self._timeout

    def _receive(self, worker: _Worker, on_epoch: OnEpoch) -> tuple[int, Result] | None:
        """Handle a message of a busy worker, or its death.

        Returns:
            Key and result of its request; None if the request has not ended.
        """
        key = worker.key
        assert key is not None  # the worker is busy
        try:
            message = worker.pipe.recv() if worker.pipe.poll() else None
        except (EOFError, OSError):
            message = None
        if message is None:
            return self._replace(worker, key)
        kind, content = message
        if kind == "epoch":
            goes_on = on_epoch(key, content)
            if not goes_on or content.epoch in self._submitted[key].sync_epochs:
                with contextlib.suppress(OSError):  # it died; the next call will notice
                    worker.pipe.send(("go on" if goes_on else "stop", key, None))
            return None
        worker.key = None
        del self._submitted[key]
        self._hand_out()
        if kind == "raised":
            raise RunnerError(content)
        return key, content

    def _replace(self, worker: _Worker, key: int) -> tuple[int, Result] | None:
        """Replace a dead or late worker.

        Returns:
            Key and result of its request; None if the request is tried again.
        """
        is_late = self._is_late(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers[worker.slot] = self._start(worker.slot)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if not is_late and self._deaths[key] <= RETRIES:
            self._queue.appendleft(key)
            self._hand_out()
            return None
        reason = _cause(worker.process.exitcode)
        if is_late:
            reason = f"took longer than {self._timeout:g} s"
        request = self._submitted.pop(key).request
        self._hand_out()
        return key, self._lost(request, reason)


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
    context.set_forkserver_preload(["__main__", *preload])
    return context


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"its worker was ended by {signal.Signals(-exit_code).name}"
    return f"its worker ended with exit code {exit_code}"
