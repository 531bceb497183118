"""What a request does to its worker reaches neither the study nor other requests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.executors.output import KEPT


def with_output(result: str, written: str) -> tuple[str, str]:
    return result, written


def test_output_is_kept_in_part_and_shown_nowhere(
    pool: Callable, capfd: pytest.CaptureFixture[str]
) -> None:
    executor = pool(1, with_output=with_output)
    for ending in ("first", "second"):
        executor.submit(0, ("write much", ending))
        _, (result, written) = executor.collect(lambda *_: True)
        assert result == "written"
        assert written.endswith(f"x\n{ending}")
        assert len(written) == KEPT
    executor.submit(1, ("who",))
    _, (_, written) = executor.collect(lambda *_: True)
    assert written == ""
    assert capfd.readouterr() == ("", "")


def test_last_words_of_a_worker_that_died_are_kept(pool: Callable) -> None:
    executor = pool(1, with_output=with_output)
    executor.submit(0, ("write and die",))
    _, (result, written) = executor.collect(lambda *_: True)
    assert "SIGKILL" in result
    assert written == "the last words"


def test_spoilt_worker_is_replaced(pool: Callable) -> None:
    executor = pool(1)
    pids = []
    for key, name in enumerate(["who", "spoil", "who", "who"]):
        executor.submit(key, (name,))
        pids.append(executor.collect(lambda *_: True)[1])
    assert pids[0] == pids[1]
    assert pids[2] == pids[3] != pids[1]


def test_worker_without_bound_on_memory_is_ended_and_says_so(
    local_pool: Callable,
) -> None:
    executor = local_pool(1, memory=2**28)
    executor.submit(0, ("take memory",))
    _, result = executor.collect(lambda *_: True)
    assert result.startswith("lost ('take memory',): took 0.")
    assert result.endswith(" GiB of memory; all workers together may take 0.2 GiB")
    executor.submit(1, 1)
    assert executor.collect(lambda *_: True) == (1, "trained 1")


def test_processes_of_an_ended_worker_are_ended(pool: Callable, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    executor = pool(1, timeout=2)
    executor.submit(0, ("leave process", str(mark)))
    assert "took longer" in executor.collect(lambda *_: True)[1]
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(mark.read_text())).wait(timeout=5)
