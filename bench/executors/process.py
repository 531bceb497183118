"""A process of a pool, as the pool sees it."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from bench.executors import Runner
from bench.executors.main_module import main_left_alone
from bench.executors.output import Output
from bench.executors.worker import serve
from bench.executors.workers import Worker
from bench.machine import WORKER

VMSTAT = Path("/proc/vmstat")
"""Counters of the Linux kernel; ``oom_kill`` is the number of processes that it killed
because memory was full."""


@dataclass(kw_only=True, eq=False)
class WorkerProcess(Worker):
    """A process of this machine and the request that it runs.

    Attributes:
        process: The process.
        pipe: This process' end of the pipe to it.
        output: What it writes.
        memory_kills: How many processes the kernel had killed for lack of memory when
            this one was started.
        handle: Measures the process; None if it ended at once.
        excess: Why it was ended for the memory that it took; None if it was not.
    """

    process: Any
    pipe: Connection
    output: Output
    memory_kills: int
    handle: psutil.Process | None = None
    excess: str | None = None

    def __post_init__(self) -> None:
        with contextlib.suppress(psutil.Error):
            self.handle = psutil.Process(self.process.pid)

    @classmethod
    def start(
        cls,
        context: Any,
        make_runner: Callable[[int], Runner[Any, Any]],
        slot: int,
        count: int,
    ) -> WorkerProcess:
        """Start a process of a pool.

        Args:
            context: Of ``multiprocessing``.
            make_runner: See ``LocalExecutor``.
            slot: Position of the process in the pool.
            count: Number of processes in the pool.
        """
        ours, theirs = context.Pipe()
        output = Output(context)
        process = context.Process(
            target=serve,
            args=(theirs, output.writer, make_runner, slot, count),
            name=f"{WORKER} {slot}",
            daemon=True,
        )
        memory_kills = _memory_kills()
        with main_left_alone():
            process.start()
        theirs.close()
        output.begin()
        return cls(
            slot=slot,
            process=process,
            pipe=ours,
            output=output,
            memory_kills=memory_kills,
        )

    def run(self, key: int, request: object, affinity: str) -> None:
        self.excess = None
        self.output.clear()
        super().run(key, request, affinity)

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it died; the pool will notice
            self.pipe.send(message)

    def receive(self) -> Any:
        try:
            if not self.pipe.poll():
                return None
            message = self.pipe.recv()
        except (EOFError, OSError):
            return None
        self.heard = time.monotonic()
        return message

    def end(self) -> None:
        """End the process and all that it started at once, even if it is stopped."""
        started = _descendants(self.handle)
        self.process.kill()
        self.process.join()
        self.pipe.close()
        for process in started:
            with contextlib.suppress(psutil.Error):
                process.kill()

    @property
    def was_killed_for_memory(self) -> bool:
        """Whether the kernel, which lacked memory, has probably ended the process."""
        is_killed = self.process.exitcode == -signal.SIGKILL
        return is_killed and _memory_kills() > self.memory_kills

    @property
    def written(self) -> str:
        return self.output.text()

    @property
    def lacked_memory(self) -> bool:
        return self.excess is not None or self.was_killed_for_memory

    @property
    def cause(self) -> str:
        code = self.process.exitcode
        if self.excess is not None:
            return self.excess
        if self.was_killed_for_memory:
            return "its worker was ended by the system, whose memory was full"
        if code is not None and code < 0:
            return f"its worker was ended by {_signal_name(-code)}"
        return f"its worker ended with exit code {code}"


def _descendants(process: psutil.Process | None) -> list[psutil.Process]:
    """Processes that a process has started, and those that these have started."""
    if process is None:
        return []
    try:
        descendants: list[psutil.Process] = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return descendants


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _memory_kills() -> int:
    """Number of processes that the kernel has killed because memory was full."""
    try:
        counters = VMSTAT.read_text().split()
    except OSError:  # not on Linux
        return 0
    return (
        int(counters[counters.index("oom_kill") + 1]) if "oom_kill" in counters else 0
    )
