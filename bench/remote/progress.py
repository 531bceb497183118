"""A line that says how far a transfer is, on standard error."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

from bench.files import mebibytes
from bench.text import complain

_SECONDS = 30
"""Between two lines where there is no terminal."""


class Progress:
    """How far files have come: a bar on a terminal, else a line from time to time.

    Args:
        url: From where, without credentials.
        files: Number of files.
        size: Bytes of all.
        is_quiet: Whether nothing is shown.
    """

    def __init__(self, url: str, files: int, size: int, *, is_quiet: bool) -> None:
        self._url, self._files, self._size = url, files, size
        self._is_quiet = is_quiet
        self._lock = threading.Lock()
        self._came, self._bytes, self._said = 0, 0, time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if self._is_quiet or not self._files:
            return self
        if sys.stderr.isatty():
            self._bar = _bar(self._url, self._size)
            self._bar.start()
        else:
            files = "1 file" if self._files == 1 else f"{self._files:,} files"
            complain(f"fetching {files}, {self._all}, from {self._url}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def bytes_came(self, size: int) -> None:
        with self._lock:
            self._bytes += size
            if self._bar is not None:
                self._bar.advance(self._bar.task_ids[0], size)
            elif not self._is_quiet and time.monotonic() - self._said > _SECONDS:
                self._said = time.monotonic()
                complain(
                    f"{self._came:,} of {self._files:,} files, "
                    f"{mebibytes(self._bytes)} of {self._all}"
                )

    def file_came(self) -> None:
        with self._lock:
            self._came += 1

    @property
    def _all(self) -> str:
        return mebibytes(self._size)


def _bar(url: str, size: int) -> Any:
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from bench.text.console import SafeConsole

    columns = "{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn()
    bars = Bars(*columns, console=SafeConsole(stderr=True), transient=True)
    bars.add_task(f"fetching {url}", total=size)
    return bars
