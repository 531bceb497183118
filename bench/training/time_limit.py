"""The limit of time within which everything that takes long must end.

Epochs, predictions, features of frozen networks and references look at the limit of
the code around them, batch by batch, as numerical code does with ``np.errstate``:
without a limit they take the time that they need.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras

from bench.records.durations import duration

MEASURED_SECONDS = 1.0
"""Minimum seconds of predictions from which the time of the others is forecast."""

FIRST_STEPS = 4
"""Number of batches in the first piece of what is limited."""

PIECE_SECONDS = 0.5
"""Seconds that each later piece should take."""

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class CutShortError(RuntimeError):
    """Time was up, or certain to be up, before there was a result.

    Attributes:
        seconds: Forecast of all that was cut short; None if nothing was measured.
    """

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


@contextmanager
def time_limit(deadline: float | None) -> Iterator[None]:
    """Limit the time of the code inside; a limit around it doesn't count there.

    Args:
        deadline: In seconds of the monotonic clock; None for no limit.
    """
    token = _deadline.set(math.inf if deadline is None else deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def is_limited() -> bool:
    """Whether there is a limit."""
    return _deadline.get() < math.inf


def is_time_up() -> bool:
    """Whether the limit has passed."""
    return is_limited() and time.monotonic() >= _deadline.get()


def seconds_left() -> float:
    """Seconds before the limit; infinity without a limit."""
    return max(0.0, _deadline.get() - time.monotonic())


def check_time() -> None:
    """Refuse to begin anything after the limit.

    Raises:
        CutShortError: The limit has passed.
    """
    if is_time_up():
        raise CutShortError("time was up before the training had a result")


def check_fits(what: str, left: float, total: float) -> None:
    """Refuse what will not end before the limit.

    Args:
        what: Names it, such as ``features of its network``.
        left: Forecast of the seconds that it will still take.
        total: Forecast of the seconds that it takes in all.

    Raises:
        CutShortError: It will end too late.
    """
    available = seconds_left()
    if left > available:
        raise CutShortError(
            f"{what} would take about {duration(total)}, and {duration(available)} "
            "were left",
            total,
        )


def pieces(count: int, batch_size: int) -> Iterator[slice]:
    """Divide what is computed batch by batch into pieces of about half a second.

    The caller looks at the clock between two pieces, since a compiled loop can't.
    Without a limit there is a single piece.

    Args:
        count: Number of images.
        batch_size: Number of images in a batch.
    """
    if not is_limited():
        yield slice(0, count)
        return
    start, steps = 0, FIRST_STEPS
    while start < count or not start:
        began = time.perf_counter()
        end = start + steps * batch_size
        yield slice(start, end)
        seconds = max(time.perf_counter() - began, 1e-6)
        start, steps = end, max(1, round(steps * PIECE_SECONDS / seconds))


class LimitedPredictions(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends ``predict`` of a Keras model at the limit, or when it won't fit into it.

    Args:
        what: Names the predictions in the error.
        batches: Number of batches in all.
        reach: Is told how many of them are done.
    """

    def __init__(
        self,
        what: str,
        batches: int,
        reach: Callable[[int], None] = lambda batches: None,
    ) -> None:
        super().__init__()
        self._reach = reach
        self._what = what
        self._batches = batches
        self._done = 0
        self._began = 0.0

    def on_predict_batch_end(self, batch: int, logs: object = None) -> None:
        now = time.monotonic()
        if not self._done:  # this one was traced, and so tells nothing of the others
            self._began = now
        elif now - self._began >= MEASURED_SECONDS:
            pace = (now - self._began) / self._done
            left = pace * (self._batches - self._done - 1)
            check_fits(self._what, left, pace * self._batches)
        self._done += 1
        self._reach(self._done)
