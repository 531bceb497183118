"""Does something in another thread, which tells whoever waits for it how far it is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, Self, TypeVar

from bench.text.activity import Activity, listening, pass_on

STEP = 0.05
"""Seconds between two looks at what the other thread tells."""

PATIENCE = 2.0
"""Seconds that an unwanted call has to end."""

T = TypeVar("T")


class _UnwantedError(Exception):
    """Nobody waits for the result of a call any more."""


class Background(Generic[T]):
    """A call that begins at once, in another thread.

    What it does is told only while another thread waits for its result.

    As a context it ends the call, as soon as that tells something, if it is left by an
    error.

    Args:
        call: What is called.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._future: Future[T] = Future()
        self._told: Activity | None = None
        self._is_unwanted = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._is_unwanted = True
            self._thread.join(PATIENCE)

    def head_start(self, seconds: float) -> None:
        """Wait for at most some seconds, so that what fails at once is said at once.

        Raises:
            BaseException: What the call raised by then.
        """
        self._wait(seconds)
        if self._future.done():
            self._future.result()

    def result(self) -> T:
        """Wait for the end of the call; its thread has ended then too.

        Raises:
            BaseException: What the call raised.
        """
        self._wait(math.inf)
        return self._future.result()

    def _wait(self, seconds: float) -> None:
        """Wait for the end of the call, and pass on what it tells meanwhile."""
        told, end = None, time.monotonic() + seconds
        while self._thread.is_alive() and (left := end - time.monotonic()) > 0:
            if self._told is not told:
                told = self._told
                pass_on(told)
            self._thread.join(min(left, STEP))
        if told is not None:
            pass_on(None)

    def _run(self) -> None:
        try:
            with listening(self._hear):
                result = self._call()
        except BaseException as error:
            self._future.set_exception(error)
        else:
            self._future.set_result(result)

    def _hear(self, activity: Activity | None) -> None:
        self._told = activity
        if self._is_unwanted and activity is not None:
            raise _UnwantedError
