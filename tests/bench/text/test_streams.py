"""Standard output and error that take everything."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import OutputError
from bench.text import check_written, complain, lost_output, say, say_json
from bench.text.streams import guarded

FULL = OSError(errno.ENOSPC, "No space left on device")
LEFT = BrokenPipeError(errno.EPIPE, "Broken pipe")


class File(io.RawIOBase):
    """A file that raises an error for each write as long as it has one."""

    def __init__(self, error: OSError | None = None, busy: int = 0) -> None:
        super().__init__()
        self.name = "fake"
        self.error = error
        self.content = b""
        self._busy = busy

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int | None:
        if self.error is not None:
            raise self.error
        if self._busy:
            self._busy -= 1
            return None
        self.content += bytes(data)
        return len(data)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Callable[..., File]:
    """Makes standard output and error write to a file, guarded."""

    def output(file: File, encoding: str = "utf-8", **options: Any) -> File:
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(io.BufferedWriter(file), encoding, **options)
            monkeypatch.setattr(sys, name, guarded(stream))
        return file

    return output


@pytest.mark.parametrize("error", [FULL, LEFT], ids=["full", "reader left"])
def test_printing_never_fails(output: Callable[..., File], error: OSError) -> None:
    output(File(error), line_buffering=True)
    say("a line")
    complain("an error")
    print("by Python's own print", flush=True)
    sys.stdout.close()


def test_full_disk_is_an_error_where_the_output_is_all_there_is(
    output: Callable[..., File],
) -> None:
    file = output(File(FULL))
    say("lost")
    with pytest.raises(OutputError, match="No space left on device"):
        check_written()
    file.error = None  # there is room again
    say("written")
    sys.stdout.flush()
    assert file.content.endswith(b"written\n")
    assert lost_output() is FULL


def test_reader_that_left_is_no_error(output: Callable[..., File]) -> None:
    output(File(LEFT))
    say("lost")
    check_written()


def test_stream_that_another_program_made_non_blocking_is_waited_for(
    output: Callable[..., File], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("select.select", lambda *_: None)
    file = output(File(busy=3))
    say("in the end")
    check_written()
    assert file.content == b"in the end\n"


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("ascii", rb"~ 0.9 +- 0.1, 3 x 4 - - ... caf\xe9 \u4e2d"),
        ("latin-1", b"~ 0.9 \xb1 0.1, 3 \xd7 4 - \xb7 ... caf\xe9 \\u4e2d"),
        ("utf-8", "≈ 0.9 ± 0.1, 3 × 4 – · … café 中".encode()),
    ],
)
def test_characters_that_an_encoding_lacks_are_simplified(
    output: Callable[..., File], encoding: str, printed: bytes
) -> None:
    file = output(File(), encoding)
    say("≈ 0.9 ± 0.1, 3 × 4 – · … café 中")
    sys.stdout.flush()
    assert file.content == printed + b"\n"


def test_texts_are_printed_on_one_line_without_control_characters(
    output: Callable[..., File],
) -> None:
    file = output(File())
    say("a\nb\x1b[31m\udc80")
    say_json({"a": "\x1b\n\u202e"})
    complain(f"error: {'x' * 65_000}")
    sys.stdout.flush()
    sys.stderr.flush()
    lines = file.content.splitlines()
    assert lines[:4] == [rb"a b\x1b[31m\udc80", b"{", rb'  "a": "\u001b\n\u202e"', b"}"]
    assert len(lines) == 5
    assert len(lines[4]) < 1_100


COMMAND = """
import os, sys
for descriptor in {closed}:
    os.close(descriptor)
os.execv(sys.executable, [sys.executable, "-m", "bench", "families", *{words}])
"""


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [((1,), (), 0), ((0, 1, 2), (), 0), ((2,), ("--what",), 2)],
    ids=["closed output", "all closed", "closed error"],
)
def test_command_works_with_closed_streams(
    closed: tuple[int, ...], words: tuple[str, ...], code: int
) -> None:
    done = _ended(COMMAND.format(closed=closed, words=words))
    assert (done.returncode, done.stderr) == (code, "")


def test_command_says_that_its_output_is_lost_on_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        done = _ended(COMMAND.format(closed=(), words=()), stdout=full)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "No space left on device" in done.stderr
        both = _ended(COMMAND.format(closed=(), words=()), stdout=full, stderr=full)
    assert both.returncode == 1


def test_command_ends_quietly_when_its_reader_leaves() -> None:
    command = [sys.executable, "-m", "bench", "families"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


RUNNER = """
def make_runner(slot):
    return lambda request, report: print(request, flush=True) or "trained"
"""

POOL = """
import sys
from bench.executors.local import LocalExecutor
from runner import make_runner

pool = LocalExecutor(make_runner, 1, lost=lambda request, reason: reason)
pool.submit(0, "a model that prints")
print(pool.collect(lambda key, epoch: True), file=sys.stderr)
pool.close()
"""


def test_model_that_prints_trains_in_a_worker_though_the_disk_is_full(
    tmp_path: Path,
) -> None:
    program = tmp_path / "pool.py"
    program.write_text(POOL)
    (tmp_path / "runner.py").write_text(RUNNER)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, program],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "(0, 'trained')\n")


def _ended(program: str, **streams: Any) -> subprocess.CompletedProcess[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    command = [sys.executable, "-c", program]
    return subprocess.run(command, text=True, check=False, **streams)
