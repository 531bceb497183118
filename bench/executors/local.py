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

from bench.executors import OnEpoch, OnStart, Request, Result, Work
from bench.executors.worker import serve

RETRIES = 1
"""How often a request is tried again after its worker died."""

RECENT = 16
"""Affinities that are remembered of a worker."""


class WorkError(RuntimeError):
    """Work raised in another process; the message names the error's kind."""


@dataclass
class _Worker:
    """A process, our end of its pipe, what it is doing and has done."""

    slot: int
    process: Any
    pipe: Connection
    key: int | None = None
    started: float = 0.0
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))


@dataclass(frozen=True)
class _Submitted(Generic[Request]):
    """A request that has no result yet."""

    request: Request
    on_start: OnStart
    affinity: str
    judged: Container[int]


class LocalExecutor(Generic[Request, Result]):
    """A pool of processes that are forked from one in which all imports are done.

    A worker that dies costs its request a retry and is replaced.

    Args:
        make_work: Called once in each worker with its slot, from 0; picklable, as are
            requests and results.
        workers: How many processes, at least 1.
        lost: Makes the result of a request whose workers died, from the reason.
        preload: Modules that are imported before the first fork.
        timeout: Seconds that a request may take; None for no limit.
    """

    def __init__(
        self,
        make_work: Callable[[int], Work[Request, Result]],
        workers: int,
        *,
        lost: Callable[[Request, str], Result],
        preload: Sequence[str] = (),
        timeout: float | None = None,
    ) -> None:
        self._make_work = make_work
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
        judged: Container[int] = (),
    ) -> None:
        self._submitted[key] = _Submitted(request, on_start, affinity, judged)
        self._queue.append(key)
        self._hand_out()

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result]:
        """Wait until a request ends; its key and result.

        Raises:
            WorkError: The work raised.
        """
        while True:
            for worker in self._ready():
                ended = self._hear(worker, on_epoch)
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
            args=(theirs, self._make_work, slot, self._count),
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
        """The first request that the worker is made for, else that no other is."""
        elsewhere = {a for other in self._workers for a in other.recent}
        wanted = {key: self._submitted[key].affinity for key in self._queue}
        fits = [key for key in self._queue if wanted[key] in worker.recent]
        new = [key for key in self._queue if wanted[key] not in elsewhere]
        return [*fits, *new, *self._queue][0]

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
        with contextlib.suppress(OSError):  # dead: heard of in collect
            worker.pipe.send(("run", key, (submitted.request, submitted.judged)))

    def _ready(self) -> list[_Worker]:
        """The busy workers that said something, died or took too long."""
        busy = [worker for worker in self._workers if worker.key is not None]
        handles = {worker.pipe: worker for worker in busy} | {
            worker.process.sentinel: worker for worker in busy
        }
        found = {
            handles[handle].slot for handle in wait(list(handles), self._patience())
        }
        return [w for w in busy if w.slot in found or self._is_late(w)]

    def _patience(self) -> float | None:
        if self._timeout is None:
            return None
        started = [w.started for w in self._workers if w.key is not None]
        return max(0.0, min(started) + self._timeout - time.monotonic())

    def _is_late(self, worker: _Worker) -> bool:
        taken = time.monotonic() - worker.started
        return self._timeout is not None and taken >= self._timeout

    def _hear(self, worker: _Worker, on_epoch: OnEpoch) -> tuple[int, Result] | None:
        key = worker.key
        assert key is not None  # only busy workers are listened to
        try:
            message = worker.pipe.recv() if worker.pipe.poll() else None
        except (EOFError, OSError):
            message = None
        if message is None:
            return self._bury(worker, key)
        kind, content = message
        if kind == "epoch":
            goes_on = on_epoch(key, content)
            if not goes_on or content.epoch in self._submitted[key].judged:
                with contextlib.suppress(OSError):  # dead: heard of next time
                    worker.pipe.send(("go on" if goes_on else "stop", key, None))
            return None
        worker.key = None
        del self._submitted[key]
        self._hand_out()
        if kind == "raised":
            raise WorkError(content)
        return key, content

    def _bury(self, worker: _Worker, key: int) -> tuple[int, Result] | None:
        """Replace a dead or late worker; try its request again, or give it up."""
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
