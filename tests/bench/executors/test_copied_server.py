"""The process that workers are forked from, as a copy of the pool's own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bench.executors import copied_server

RUNNER = """
import os, signal
from multiprocessing import forkserver

imported = os.getpid()

def make_runner(slot):
    return run

def run(request, report):
    return {
        "imported by": imported,
        "SIGTERM": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "opened": os.path.exists(f"/proc/self/fd/{request}"),
        "locked": forkserver._forkserver._lock.locked(),
    }
"""

POOL = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import runner
from bench.executors.local import LocalExecutor, prepare

signal.signal(signal.SIGTERM, lambda *_: None)
opened = os.open(Path(sys.argv[1], "opened"), os.O_WRONLY | os.O_CREAT)
os.dup2(opened, 100)
print("said once")
prepare([], as_copy=True)
pool = LocalExecutor(runner.make_runner, 2, lost=lambda *_: None)
pool.submit(0, 100)
_, result = pool.collect(lambda *_: True)
pool.close()
print(json.dumps(result | {"own": os.getpid()}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only copied there")
def test_workers_have_what_was_imported_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "runner.py").write_text(RUNNER)
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    ended = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    said, line = ended.stdout.splitlines()
    assert said == "said once"
    result = json.loads(line)
    assert result["imported by"] == result.pop("own")
    assert result["SIGTERM"]
    assert not result["opened"]
    assert not result["locked"]
    assert ended.stderr == ""


def test_process_with_other_threads_is_not_copied() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert not copied_server.can_copy()
    finally:
        ended.set()
        thread.join()
