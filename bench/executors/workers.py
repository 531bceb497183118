"""What a pool knows of its workers, wherever they run."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

RECENT = 16
"""Number of affinities that are remembered for each worker."""


@dataclass(kw_only=True, eq=False)
class Worker(ABC):
    """A process that runs one request at a time, as the pool sees it.

    Messages to it are ``("run", key, (request, sync_epochs))``, and
    ``("go on", key, None)`` or ``("stop", key, None)`` after an epoch. Its messages are
    ``("epoch", epoch)``, and one that ends the request: ``("done", result)``,
    ``("last", result)`` if the process should run no other, or ``("raised", error)``.

    Attributes:
        slot: Position in the pool, from 0.
        key: Key of the request that it runs; None while it is idle.
        started: When that request started, by the monotonic clock.
        heard: When it last sent a message, or the request started, by that clock.
        recent: Affinities of its last requests.
        place: Machine on which it runs, where a pool has several; else empty.
        is_ready: Whether it can take a request.
        is_gone: Whether its machine has ended.
    """

    slot: int
    key: int | None = None
    started: float = 0.0
    heard: float = 0.0
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))
    place: str = ""
    is_ready: bool = True
    is_gone: bool = False

    def run(self, key: int, request: object, affinity: str) -> None:
        """Send a request to the worker, which is idle."""
        self.key = key
        self.started = self.heard = time.monotonic()
        if affinity in self.recent:
            self.recent.remove(affinity)
        self.recent.append(affinity)
        self.send(("run", key, request))

    @abstractmethod
    def send(self, message: Any) -> None:
        """Send a message; one to a worker that died is lost."""

    @abstractmethod
    def receive(self) -> Any:
        """The next message; None if there is none, as after the worker's death."""

    @property
    @abstractmethod
    def written(self) -> str:
        """The end of what the worker wrote during the request."""

    @property
    @abstractmethod
    def lacked_memory(self) -> bool:
        """Whether the worker, which has ended, was ended for lack of memory."""

    @property
    @abstractmethod
    def cause(self) -> str:
        """Why the worker has ended."""


W = TypeVar("W", bound=Worker)


class Workers(Protocol[W]):
    """Starts the workers of a pool, replaces and ends them; called from one thread."""

    def count(self) -> int:
        """Number of workers that there is room for now; at least 1.

        Raises:
            BenchError: There has been no room for a while.
        """

    def start(self, slot: int) -> W:
        """Start a worker, without waiting until it is ready."""

    def renew(self, worker: W) -> W:
        """End a worker, if it has not ended, and start another in its slot."""

    def end(self, worker: W) -> None:
        """End a worker, and all processes that it started."""

    def wait(self, workers: Sequence[W], seconds: float) -> list[W]:
        """Wait until some of the workers have sent a message or died.

        Args:
            workers: Those that run requests.
            seconds: Maximum to wait; it may return earlier, with none.
        """

    def close(self) -> None:
        """Release what the workers shared, when all have ended."""
