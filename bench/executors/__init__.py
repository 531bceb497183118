"""Executors run requests, here or in other processes; they know nothing of Keras."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Protocol, TypeVar

from bench.records import EpochRecord

Request = TypeVar("Request")
Result = TypeVar("Result")
Request_contra = TypeVar("Request_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

OnEpoch = Callable[[int, EpochRecord], bool]
"""Is called with a key and an epoch that ended; returns False to stop that training."""

OnStart = Callable[[int], bool]
"""Is called with the key of a request that is about to start; returns False to leave
the request out. After the death of a worker it is called again, and its answer ignored.
"""

Runner = Callable[[Request, Callable[[EpochRecord], bool]], Result]
"""Carries out one request and reports each epoch; False from a report means to stop.

A runner with a true attribute ``is_spoilt`` gets no other request in its process: a
request has left something behind there.
"""


class Executor(Protocol[Request_contra, Result_co]):
    """Runs requests and returns their results as they end.

    All calls come from one thread, and ``on_start`` and ``on_epoch`` are called from
    that thread.
    """

    @property
    def free(self) -> int:
        """Number of further requests that can start at once; negative if some wait."""

    @property
    def in_flight(self) -> int:
        """Number of submitted requests that were not collected yet."""

    def submit(
        self,
        key: int,
        request: Request_contra,
        *,
        on_start: OnStart = lambda key: True,
        affinity: str = "",
        sync_epochs: Container[int] = (),
    ) -> None:
        """Start a request, or queue it.

        Args:
            key: Identifies the request among those in flight.
            request: Passed to the runner.
            on_start: Called when the request starts.
            affinity: A request preferably goes to a worker that recently ran a
                request of the same affinity.
            sync_epochs: Epochs after which the runner waits for the answer of
                ``on_epoch``; after any other epoch it continues meanwhile.
        """

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result_co]:
        """Wait until a request ends, and return its key and result.

        May be called only while ``in_flight`` is positive. An error of the runner is
        raised here.
        """

    def close(self) -> None:
        """End all requests and processes."""
