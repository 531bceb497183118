"""What a worker writes to its standard output and error."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import wait
from typing import Any

KEPT = 10_000
"""Number of bytes at the end of a worker's output that are kept."""

_CHUNK = 65_536


class Output:
    """Keeps the end of what a worker writes, and shows none of it.

    Models print as they like, which would tear the display of a study's progress. A
    thread reads all the time, so that a worker never waits to write.

    Args:
        context: Of ``multiprocessing``.

    Attributes:
        writer: The end of a pipe for the worker; see ``redirect``.
    """

    def __init__(self, context: Any) -> None:
        self._reader, self.writer = context.Pipe(duplex=False)
        self._kept = bytearray()
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Read, once the worker has its end of the pipe."""
        self.writer.close()
        os.set_blocking(self._reader.fileno(), False)
        threading.Thread(target=self._read_all, daemon=True).start()

    def clear(self) -> None:
        """Forget what was written so far."""
        self._read()
        with self._lock:
            self._kept.clear()

    def text(self) -> str:
        """The end of what was written since the last call of ``clear``."""
        self._read()
        with self._lock:
            return bytes(self._kept).decode(errors="replace")

    def _read_all(self) -> None:
        while self._read():
            wait([self._reader])
        with self._lock:
            self._reader.close()

    def _read(self) -> bool:
        """Read what is there; False if nothing more can be written."""
        with self._lock:
            if self._reader.closed:
                return False
            try:
                chunk = os.read(self._reader.fileno(), _CHUNK)
            except BlockingIOError:
                return True
            self._kept += chunk
            del self._kept[:-KEPT]
            return bool(chunk)


def redirect(writer: Any) -> None:
    """Let this process and those that it starts write to ``Output.writer``."""
    for stream in (1, 2):
        os.dup2(writer.fileno(), stream)
    writer.close()
