"""A command on a terminal that a signal ends leaves the terminal as it was."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HIDDEN, SHOWN = b"\x1b[?25l", b"\x1b[?25h"
PATIENCE = 120.0


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What a terminal shows until it shows some text, or until its end."""
    found = b""
    end = time.monotonic() + PATIENCE
    while wanted not in found and time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                found += os.read(terminal, 4096)
            except OSError:  # its other end is closed
                break
    return found


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_signal_shows_the_cursor_again(tmp_path: Path, number: signal.Signals) -> None:
    terminal, other = pty.openpty()
    command = [sys.executable, "-m", "bench", "search", "dense", "--workers", "0"]
    process = subprocess.Popen(
        [*command, "--results", str(tmp_path / "results")],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(other)
    shown = read_until(terminal, b"importing Keras")
    assert HIDDEN in shown
    process.send_signal(number)
    shown += read_until(terminal, b"give the same command again")
    assert process.wait(PATIENCE) == 128 + number
    shown += read_until(terminal, b"no such text")
    os.close(terminal)
    assert shown.rindex(HIDDEN) < shown.rindex(SHOWN)
    assert b"give the same command again to continue" in shown
