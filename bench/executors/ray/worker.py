"""A worker on a node of a cluster, as its pool sees it."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ray

from bench.executors.remote import Death, Parcel
from bench.executors.workers import Worker

CONTROL = "control"
"""Concurrency group of the calls that a host answers while it runs a request."""


@dataclass(kw_only=True, eq=False)
class RayWorker(Worker):
    """A worker on a node, and the request that it runs.

    Attributes:
        pack: Packs a request for its way to the host.
        host: The actor that holds it.
        facts: Reference to the facts of its host, which are there when it is placed.
        begun: Reference to nothing, which is there when the worker is ready.
        stream: Messages of the request.
        last_words: The end of what was written, once the request has ended.
        death: How the worker ended; None if it did not, or if its host ended.
        is_lost: Whether its host has ended.
    """

    pack: Callable[[Any], Parcel]
    host: Any
    begun: Any
    facts: Any = None
    stream: Any = None
    last_words: str = ""
    death: Death | None = None
    is_lost: bool = False

    def send(self, message: Any) -> None:
        kind, key, content = message
        if kind == "run":
            request, sync_epochs = content
            parcel = self.pack(request)
            self.last_words = ""
            self.stream = self.host.run.remote(key, parcel, sync_epochs)
        else:
            self.control("send", message)

    def control(self, method: str, *args: object) -> Any:
        """Call the host, which answers while it runs a request too."""
        call = getattr(self.host, method)
        return call.options(concurrency_group=CONTROL).remote(*args)

    def receive(self) -> Any:
        try:
            if not ray.wait([self.stream], timeout=0)[0]:
                return None
            message, self.last_words = pickle.loads(ray.get(next(self.stream)))
        except (ray.exceptions.RayError, StopIteration):
            self.is_lost = True
            return None
        self.heard = time.monotonic()
        kind, content = message
        if kind == "died":
            self.death = content
            return None
        return kind, pickle.loads(content) if kind in ("done", "last") else content

    @property
    def written(self) -> str:
        return self.last_words

    @property
    def lacked_memory(self) -> bool:
        return self.death is not None and self.death.lacked_memory

    @property
    def cause(self) -> str:
        if self.death is None:
            return "its node, or Ray's process for it there, ended"
        return self.death.cause
