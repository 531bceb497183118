"""What a worker of a pool does, in its own process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Container
from multiprocessing.connection import Connection
from typing import Any

from bench.executors import Work
from bench.records import EpochRecord


def serve(
    pipe: Connection,
    make_work: Callable[[int], Work[Any, Any]],
    slot: int,
    workers: int,
) -> None:
    """Do requests until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the study decides what ends
    _pin(slot, workers)
    work = make_work(slot)
    while True:
        try:
            kind, key, content = pipe.recv()
        except EOFError:
            return
        if kind != "run":
            continue  # asked to stop what had just ended
        request, judged = content

        def report(
            epoch: EpochRecord, key: int = key, judged: Container[int] = judged
        ) -> bool:
            pipe.send(("epoch", epoch))
            if epoch.epoch in judged:
                pipe.poll(None)
            return not _is_told_to_stop(pipe, key)

        try:
            message = ("done", work(request, report))
        except Exception as error:
            message = ("raised", f"{type(error).__name__}: {error}")
        pipe.send(message)


def _is_told_to_stop(pipe: Connection, key: int) -> bool:
    told = False
    while pipe.poll():
        kind, other, _ = pipe.recv()
        told = told or (kind == "stop" and other == key)
    return told


def _pin(slot: int, workers: int) -> None:
    """Keep to one core, where the platform can and the workers take them all.

    Fewer are left to the system: those of another command would keep to the same
    cores, while others are idle.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if workers >= len(cores):
            os.sched_setaffinity(0, {cores[slot % len(cores)]})
