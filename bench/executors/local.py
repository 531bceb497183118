"""Runs requests on warm processes of this machine, one thread each."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import Any

from bench.executors import Request, Result, Runner, copied_server
from bench.executors.memory import MemoryWatch
from bench.executors.pool import SILENCE, Pool
from bench.executors.process import WorkerProcess
from bench.text.activity import Activity

FORK_SERVER = "bench.executors.fork_server", "bench.executors.worker"
"""First modules that are imported by the process from which workers are forked."""


class LocalExecutor(Pool[Request, Result]):
    """A pool of processes, forked from a process that has done all imports.

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
        on_activity: Is called, while results are collected, with the key of a request
            and what takes its worker so long; with None when that has ended.
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
        on_activity: Callable[[int, Activity | None], None] = lambda *_: None,
    ) -> None:
        super().__init__(
            _Processes(make_runner, workers, preload),
            lost=lost,
            timeout=timeout,
            silence=silence,
            with_output=with_output,
            on_activity=on_activity,
        )
        self._memory = None
        if memory is not None:
            processes: Any = self._workers
            self._memory = MemoryWatch(memory, lambda: tuple(processes))

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
        super().close()


class _Processes:
    """Starts and ends the processes of a pool; see ``Workers``."""

    def __init__(
        self,
        make_runner: Callable[[int], Runner[Any, Any]],
        workers: int,
        preload: Sequence[str],
    ) -> None:
        self._make_runner = make_runner
        self._workers = workers
        self._context = context(preload)

    def count(self) -> int:
        return self._workers

    def start(self, slot: int) -> WorkerProcess:
        return WorkerProcess.start(
            self._context, self._make_runner, slot, self._workers
        )

    def renew(self, worker: WorkerProcess) -> WorkerProcess:
        worker.end()
        return self.start(worker.slot)

    def end(self, worker: WorkerProcess) -> None:
        worker.end()

    def wait(
        self, workers: Sequence[WorkerProcess], seconds: float
    ) -> list[WorkerProcess]:
        handles = {worker.pipe: worker for worker in workers} | {
            worker.process.sentinel: worker for worker in workers
        }
        ready = wait(list(handles), None if seconds == math.inf else seconds)
        slots = {handles[handle].slot for handle in ready}
        return [worker for worker in workers if worker.slot in slots]

    def close(self) -> None:
        pass


def prepare(preload: Sequence[str], *, as_copy: bool = False) -> None:
    """Start the process that workers are forked from, without waiting for it.

    Args:
        preload: Modules that it imports.
        as_copy: Whether it may be a copy of this process, which has imported them.
    """
    started = context(preload)
    if started.get_start_method() != "forkserver":
        return
    if as_copy and copied_server.can_copy():
        copied_server.start()
    else:
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def context(preload: Sequence[str]) -> Any:
    """The context of ``multiprocessing`` that starts workers.

    Args:
        preload: Modules that are imported before the first worker starts.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*FORK_SERVER, *preload])
    return context
