"""Commands that serve pages, run for tests as a user runs them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chromium import SECONDS


@contextmanager
def served(words: str) -> Iterator[str]:
    """The address at which a command answers; ends it by Ctrl-C, without an error.

    Args:
        words: The command with its options, such as ``watch --port 0``.
    """
    server = subprocess.Popen(
        [sys.executable, "-m", "bench", *words.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = server.stdout.readline()
        assert "http://127.0.0.1:" in line, server.stderr.read()
        yield line.split(": ", 1)[1].split()[0]
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=SECONDS)
        assert (server.returncode, errors) == (0, "")
    finally:
        server.kill()
        server.communicate()
