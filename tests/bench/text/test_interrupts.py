"""Interrupts that wait for the end of a block."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence

import pytest

from bench.text.interrupts import interrupts_wait


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """Let Ctrl-C interrupt, which a shell has its background commands ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(numbers: Sequence[int], done: list[int]) -> None:
    """Get signals where they wait, and keep those after which it went on."""
    with interrupts_wait():
        for number in numbers:
            signal.raise_signal(number)
            done.append(number)


def failed() -> None:
    with interrupts_wait():
        signal.raise_signal(signal.SIGTERM)
        raise ValueError("own")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_comes_at_the_end(number: signal.Signals) -> None:
    before = signal.signal(number, signal.default_int_handler)
    done: list[int] = []
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted([number], done)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert done == [number]


def test_second_interrupt_comes_at_once() -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted([signal.SIGINT, signal.SIGINT], done)
    assert done == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_ignored_stays_so_and_errors_go_first() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with pytest.raises(ValueError, match="own"):
            failed()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_leave_signals_alone() -> None:
    seen = []

    def run() -> None:
        with interrupts_wait():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
