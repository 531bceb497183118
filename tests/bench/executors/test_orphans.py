"""Processes that end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

POOL = """
import sys, time
sys.path.insert(0, sys.argv[1])
import bench_requests
from bench.executors.local import LocalExecutor, prepare

if __name__ == "__main__":
    prepare([], as_copy=sys.argv[2] == "copied")
    pool = LocalExecutor(bench_requests.make_runner, 3, lost=lambda *_: None)
    pool.submit(0, ("hang",))
    pool.submit(1, ("halt",))
    pool.submit(2, ("who",))
    pool.collect(lambda *_: True)
    print("ready", flush=True)
    time.sleep(600)
"""

PATIENCE_SECONDS = 60


def of_session(session: int) -> list[int]:
    """Processes of a session that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it has ended meanwhile
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("server", ["started", "copied"])
def test_workers_end_with_a_killed_process_even_if_they_hang(
    requests: ModuleType, tmp_path: Path, server: str
) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    process = subprocess.Popen(
        [sys.executable, script, tmp_path, server],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
    assert len(of_session(process.pid)) >= 5  # with fork server and tracker
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := of_session(process.pid):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
