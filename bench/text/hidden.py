"""Hides what others print: libraries of C++ write past Python's streams."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import BinaryIO

OUTPUT = 1
"""Number of the standard output stream."""

ERROR = 2
"""Number of the standard error stream."""


@contextmanager
def hidden_output(*numbers: int, shown_after_error: bool = False) -> Iterator[None]:
    """Hide what the process prints within the block.

    Args:
        numbers: The streams, ``OUTPUT`` or ``ERROR`` or both.
        shown_after_error: Whether it is shown on the standard error stream if the
            block raises an error.
    """
    with tempfile.TemporaryFile() as log:
        try:
            with ExitStack() as hidden:
                for number in numbers:
                    hidden.enter_context(_redirected(number, log))
                yield
        except BaseException:
            if shown_after_error:
                log.seek(0)
                os.write(ERROR, log.read())
            raise


@contextmanager
def _redirected(number: int, log: BinaryIO) -> Iterator[None]:
    """Let a stream write to a file, both Python's object and the descriptor."""
    redirect = redirect_stdout if number == OUTPUT else redirect_stderr
    stream = sys.stdout if number == OUTPUT else sys.stderr
    stream.flush()
    terminal = os.dup(number)
    os.dup2(log.fileno(), number)
    try:
        with open(os.dup(number), "w") as writer, redirect(writer):
            yield
    finally:
        stream.flush()  # others may have kept it
        os.dup2(terminal, number)
        os.close(terminal)
