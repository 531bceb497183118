"""Calls in another thread, and what is told of them."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from bench.text.activity import doing, listening
from bench.text.background import Background


def test_activity_is_told_while_the_result_is_waited_for() -> None:
    heard: list[str | None] = []
    may_end = threading.Event()

    def read() -> str:
        with doing("reading images"):
            may_end.wait()
        return "images"

    with listening(lambda a: heard.append(a and a.what)):
        background = Background(read)
        with doing("importing Keras"):
            time.sleep(0.05)
        assert heard == ["importing Keras", None]
        threading.Timer(0.1, may_end.set).start()
        assert background.result() == "images"
    assert heard[2:] == ["reading images", None]


def test_error_is_raised_by_whoever_waits() -> None:
    def fail() -> None:
        raise ValueError("no images")

    background = Background(fail)
    for wait in (lambda: background.head_start(60), background.result):
        with pytest.raises(ValueError, match="no images"):
            wait()


def test_head_start_ends_before_a_slow_call() -> None:
    may_end = threading.Event()
    background = Background(lambda: may_end.wait())
    background.head_start(0.01)
    may_end.set()
    assert background.result()


def test_call_that_nobody_waits_for_ends_when_it_tells_something() -> None:
    told, ended = threading.Event(), threading.Event()

    def read() -> None:
        with doing("reading images", 100_000) as reach:
            told.set()
            try:
                for number in range(100_000):
                    time.sleep(0.01)
                    reach(number)
            finally:
                ended.set()

    with suppress(KeyboardInterrupt), Background(read):
        told.wait()
        raise KeyboardInterrupt
    assert ended.wait(60)  # all of it takes longer
