"""Standard output and error that take everything, and never fail.

What a command computed must not be lost since its output went to a full disk, to a
reader that left, nowhere, or to a terminal that knows ASCII only.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from typing import Any, TextIO

from bench.errors import OutputError
from bench.text.documents import json_text
from bench.text.visible import terminal, visible

_SIMPLER = "bench.simpler"
"""Name of the error handler of encodings."""

_ASCII = {
    "±": "+-",
    "≈": "~",
    "–": "-",
    "—": "-",
    "×": "x",
    "·": "-",
    "…": "...",
    "•": "*",
    "−": "-",
}


class _Forgiving(io.RawIOBase):
    """The file of a stream; it drops what can't be written, and remembers why.

    Attributes:
        failure: The first error; None if everything was written.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream  # which would close the file when nothing refers to it
        buffer: Any = stream.buffer
        self._raw: io.RawIOBase = getattr(buffer, "raw", buffer)
        self.name = stream.name
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        size = len(data)
        try:
            while (written := self._raw.write(data)) is None:
                # Another program has made this stream non-blocking, and it is full.
                select.select([], [self._raw], [])
        except OSError as error:
            self.failure = self.failure or error
            return size
        return written

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()


def guard_output() -> None:
    """Keep the standard streams of this process from failing.

    A stream that another program has replaced, such as a test that captures it, stays
    as it is.
    """
    _fill_descriptors()
    if sys.stdout is sys.__stdout__:
        sys.stdout = guarded(sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = guarded(sys.stderr)


def guarded(stream: Any) -> TextIO:
    """A stream that writes to the same file, whatever is printed and however it fails.

    Args:
        stream: A text stream; None if it was closed when the process started.
    """
    if stream is None:
        stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    return io.TextIOWrapper(
        io.BufferedWriter(_Forgiving(stream)),
        encoding=stream.encoding,
        errors=_SIMPLER,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def encodable(text: str, encoding: str) -> str:
    """The text with simpler characters in place of those that an encoding lacks."""
    return text.encode(encoding, _SIMPLER).decode(encoding)


def say(text: str) -> None:
    """Print a line on standard output."""
    _put(visible(text), sys.stdout)


def say_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    _put(json_text(value, indent=2), sys.stdout)


def complain(text: str) -> None:
    """Print a line on standard error."""
    _put(terminal(text), sys.stderr)


def lost_output() -> OSError | None:
    """Why standard output was not written; None if it was, or if its reader left."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _Forgiving) else None
    return None if isinstance(failure, BrokenPipeError) else failure


def check_written() -> None:
    """Check that what was printed has been written.

    Raises:
        OutputError: Standard output was not written, for another reason than that its
            reader left.
    """
    if (failure := lost_output()) is not None:
        raise OutputError(
            "standard output must take what is printed; it does not "
            f"({failure.strerror}): make room, or send it elsewhere"
        )


def _put(line: str, stream: TextIO) -> None:
    stream.write(f"{line}\n")


def _fill_descriptors() -> None:
    """Open the null device as each standard descriptor that is closed.

    The next files that are opened would get these descriptors, and whatever is printed
    by other means than Python's would be written into them.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _simpler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    texts = [
        _ASCII.get(character) or character.encode("unicode_escape").decode("ascii")
        for character in error.object[error.start : error.end]
    ]
    return "".join(texts), error.end


codecs.register_error(_SIMPLER, _simpler)
