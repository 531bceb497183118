"""Errors that nobody handled: one line and an exit code, whatever they are."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cli import main
from bench.cli.failures import DEFECT, TRACEBACK


@pytest.fixture
def failing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Callable[[Exception], tuple[int, str]]:
    """Gives a command that raises an error; returns its exit code and last words."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv(TRACEBACK, raising=False)

    def failing(error: Exception) -> tuple[int, str]:
        def show(*_: object) -> None:
            raise error

        monkeypatch.setattr("bench.cli.listings.show", show)
        with pytest.raises(SystemExit) as ended:
            main(["families"])
        return ended.value.code, capsys.readouterr().err

    return failing


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "must have room"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "permissions"),
        (MemoryError(), "--image-size"),
        (MemoryError("Unable to allocate 9 GiB"), "9 GiB"),
        (RecursionError("maximum recursion depth exceeded"), "nested"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start"), "UTF-8"),
        (OverflowError("int too large"), "too large"),
    ],
)
def test_what_the_system_refuses_is_one_line(
    failing: Callable, error: Exception, part: str
) -> None:
    code, words = failing(error)
    assert code == 2
    assert words.startswith("error: ")
    assert words.count("\n") == 1
    assert part in words


def test_defect_names_itself_and_keeps_its_traceback(failing: Callable) -> None:
    code, words = failing(KeyError("units\nof\n" + "x" * 10_000))
    assert code == DEFECT == 70
    assert words.startswith("error: this is a defect of the toolkit")
    assert "KeyError" in words
    assert words.count("\n") == 1
    assert len(words) < 1000
    [path] = re.findall(r"the traceback is in '(.+)':", words)
    assert "raise error" in Path(path).read_text()


def test_defect_is_said_where_nothing_can_be_written(
    failing: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    code, words = failing(KeyError("units"))
    assert code == DEFECT
    assert f"{TRACEBACK}=1" in words


def test_traceback_is_raised_on_request(
    failing: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(KeyError, match="units"):
        failing(KeyError("units"))
