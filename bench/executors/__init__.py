"""Where a trial trains. Executors know requests and results, and nothing of Keras."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Protocol, TypeVar

from bench.records import EpochRecord

Request = TypeVar("Request")
Result = TypeVar("Result")
Request_contra = TypeVar("Request_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

OnEpoch = Callable[[int, EpochRecord], bool]
"""Takes a key and an epoch that ended; False asks that training to stop."""

OnStart = Callable[[int], bool]
"""Takes a key when its request is about to start, again where it is tried again;
False leaves it out, the first time."""

Work = Callable[[Request, Callable[[EpochRecord], bool]], Result]
"""Does one request, reporting each epoch; what an executor is made for."""


class Executor(Protocol[Request_contra, Result_co]):
    """Runs requests and hands their results back as they end.

    All calls come from one thread, and so do those of ``on_start`` and ``on_epoch``.
    """

    @property
    def free(self) -> int:
        """How many more requests would start at once; below 0 where some wait."""

    @property
    def in_flight(self) -> int:
        """How many submitted requests have not been collected."""

    def submit(
        self,
        key: int,
        request: Request_contra,
        *,
        on_start: OnStart = lambda key: True,
        affinity: str = "",
        judged: Container[int] = (),
    ) -> None:
        """Start a request, or queue it.

        Args:
            key: Names it.
            request: What to do.
            on_start: Called when it starts.
            affinity: Where there is a choice, a request goes to a worker that did
                one of the same affinity lately.
            judged: Epochs after which it waits to hear whether it is to go on; after
                any other it goes on meanwhile.
        """

    def collect(self, on_epoch: OnEpoch) -> tuple[int, Result_co]:
        """Wait until a request ends; its key and result.

        Only while ``in_flight`` is above 0. What the work raises is raised here.
        """

    def close(self) -> None:
        """End whatever still runs."""
