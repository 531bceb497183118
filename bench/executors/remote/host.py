"""Runs a worker on a machine of a cluster, for a pool on another machine."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from bench.errors import BenchError
from bench.executors.local import context
from bench.executors.process import WorkerProcess
from bench.executors.remote.files import NodeFiles
from bench.executors.remote.packed import PackedFactory, PackedPlan, Parcel

PACKED = "bench.executors.remote.packed"
"""Module by which workers open what they get."""

GOES_ON = ("epoch", "activity")
"""Kinds of messages after which a request goes on."""

UNPINNED = 0
"""Number of workers for which a worker is kept to no core: others share its machine."""


@dataclass(frozen=True, kw_only=True)
class Death:
    """How a worker ended; see ``Worker``."""

    cause: str
    lacked_memory: bool


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """What a pool must know of a worker's machine.

    Attributes:
        node: Identity of the node.
        address: Its address, for messages.
        versions: What must be the same on all nodes.
        has_copies: Whether it has copies of files that it does not see.
    """

    node: str
    address: str
    has_copies: bool
    versions: Mapping[str, str]


class Host:
    """Starts a worker, passes requests to it, and its messages to the pool.

    The worker is a process of its own, so that it can be ended in the middle of a
    request, and the next one is forked from a process that has done all imports.

    Args:
        plan: How workers are started.
        slot: Position of the worker in the pool.
        files: Files of the search as this node has them.

    Attributes:
        files: The same.
    """

    def __init__(self, plan: PackedPlan, slot: int, files: NodeFiles) -> None:
        os.environ |= plan.environment
        self._plan = plan
        self.files = files
        self._slot = slot
        self._context = context([PACKED, *plan.preload])
        self._key: int | None = None
        self._worker: WorkerProcess | None = None

    def begin(self) -> None:
        """Start the worker, which takes the seconds of its imports."""
        self.files.fetch(self._plan.files)
        factory = PackedFactory(self._plan.pickled, self.files.root)
        self._worker = WorkerProcess.start(self._context, factory, self._slot, UNPINNED)

    def versions(self) -> Mapping[str, str]:
        """What must be the same on all nodes."""
        return self._plan.versions()

    def run(self, key: int, parcel: Parcel, sync_epochs: object) -> Iterator[bytes]:
        """Run a request.

        Yields:
            Pickled pairs: a message of the worker, or ``("died", Death)``; and the end
            of what it wrote if the request has ended.
        """
        shift = time.monotonic() - parcel.sent
        worker, self._key = self._worker, key
        assert worker is not None  # it was begun
        try:
            self.files.fetch(parcel.files)
        except (BenchError, OSError) as error:
            yield pickle.dumps((_without_files(error), ""))
            return
        worker.run(key, ((parcel.pickled, shift), sync_epochs), "")
        goes_on = True
        while goes_on:
            kind, content = self._next(worker, parcel)
            goes_on = kind in GOES_ON
            written = "" if goes_on else worker.written
            yield pickle.dumps(((kind, content), written))

    def send(self, message: Any) -> None:
        """Send an answer, unless its request has ended meanwhile."""
        if message[1] == self._key and self._worker is not None:
            self._worker.send(message)

    def renew(self) -> None:
        """End the worker, and start another."""
        self.end()
        self.begin()

    def end(self) -> None:
        """End the worker, and all processes that it started."""
        if self._worker is not None:
            self._worker.end()

    def _next(self, worker: WorkerProcess, parcel: Parcel) -> Any:
        """The next message of a worker; files are brought back before the last one."""
        try:
            wait([worker.pipe, worker.process.sentinel])
            message = worker.receive()
        except (OSError, ValueError):  # it was ended meanwhile
            message = None
        if message is None:
            worker.end()
            death = Death(cause=worker.cause, lacked_memory=worker.lacked_memory)
            return "died", death
        try:
            if message[0] in ("done", "last"):
                self.files.bring_back(parcel.files)
        except (BenchError, OSError) as error:
            return _without_files(error)
        return message


def _without_files(error: Exception) -> tuple[str, Death]:
    cause = f"its files did not travel: {error}"
    return "died", Death(cause=cause, lacked_memory=False)
