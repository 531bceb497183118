"""A worker of a pool, in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Container
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from bench.errors import BenchError
from bench.executors import Runner
from bench.executors.orphans import end_with_pool
from bench.executors.output import redirect
from bench.records import EpochRecord
from bench.text import guard_output
from bench.text.activity import listening


class RunnerError(RuntimeError):
    """A runner raised an error in another process; the message names its type."""


def serve(
    pipe: Connection,
    output: Connection,
    make_runner: Callable[[int], Runner[Any, Any]],
    slot: int,
    workers: int,
) -> None:
    """Run requests until the other end of the pipe is closed, or its process ends.

    Args:
        pipe: Receives requests and answers, sends activities, epochs and results.
        output: Takes what this process writes.
        make_runner: Makes the runner of this worker.
        slot: Position of the worker in the pool, from 0.
        workers: Number of workers in the pool.
    """
    redirect(output)
    end_with_pool()
    for name in ("SIGINT", "SIGHUP"):  # of the terminal: the study decides what ends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    guard_output()  # a model that prints must not fail since nobody reads
    _pin(slot, workers)
    with listening(lambda activity: pipe.send(("activity", activity))):
        _serve(pipe, make_runner, slot)


def _serve(
    pipe: Connection, make_runner: Callable[[int], Runner[Any, Any]], slot: int
) -> None:
    try:
        runner = make_runner(slot)
    except Exception as error:
        pipe.send(("raised", _portable(error)))
        return
    while True:
        try:
            kind, key, content = pipe.recv()
        except EOFError:
            return
        if kind != "run":
            continue  # an answer to a request that has ended meanwhile
        request, sync_epochs = content

        def report(
            epoch: EpochRecord,
            key: int = key,
            sync_epochs: Container[int] = sync_epochs,
        ) -> bool:
            pipe.send(("epoch", epoch))
            if epoch.epoch in sync_epochs:
                pipe.poll(None)
            return not _is_told_to_stop(pipe, key)

        answer = _answer(runner, request, report)
        pipe.send(answer)
        if answer[0] == "last":
            return


def _answer(
    runner: Runner[Any, Any], request: Any, report: Callable[[EpochRecord], bool]
) -> tuple[str, Any]:
    """Run a request, and return the message that ends it."""
    try:
        result = runner(request, report)
    except Exception as error:
        return "raised", _portable(error)
    _flush()
    return "last" if getattr(runner, "is_spoilt", False) else "done", result


def _portable(error: Exception) -> Exception:
    """An error that another process can raise again."""
    if isinstance(error, BenchError):
        return error
    return RunnerError(f"{type(error).__name__}: {error}")


def _flush() -> None:
    """Write what is still in buffers, so that it belongs to this request."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a model may have closed or replaced it
            stream.flush()


def _is_told_to_stop(pipe: Connection, key: int) -> bool:
    is_told = False
    while pipe.poll():
        kind, other, _ = pipe.recv()
        is_told = is_told or (kind == "stop" and other == key)
    return is_told


def _pin(slot: int, workers: int) -> None:
    """Keep this process to one core, if the platform can and workers fill all cores.

    With fewer workers the system places them: the workers of another command would
    otherwise be kept to the same cores while other cores are idle.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if workers >= len(cores):
            os.sched_setaffinity(0, {cores[slot % len(cores)]})
