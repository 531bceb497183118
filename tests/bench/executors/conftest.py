"""A runner that needs no Keras, in a module that other processes can import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

REQUESTS = '''
import os, pathlib, signal, time
from bench.errors import StudyError
from bench.records import EpochRecord

def make_runner(slot):
    return run

def make_no_runner(slot):
    raise ValueError("no images")

def run(request, report):
    if isinstance(request, int):
        return train(request, report)
    name, *files = request
    return globals()[name.replace(" ", "_")](*map(pathlib.Path, files))

def train(epochs, report):
    """Report so many epochs, or fewer if a report says to stop."""
    if epochs < 0:
        raise ValueError(f"no epochs: {epochs}")
    for number in range(1, epochs + 1):
        if not report(EpochRecord(epoch=number, metrics={}, seconds=0.1, ended=0.0)):
            return f"stopped at {number}"
        time.sleep(0.01)
    return f"trained {epochs}"

def meet(mine, other):
    mine.touch()
    while not other.exists():
        time.sleep(0.01)
    return f"met {other}"

def refuse():
    raise StudyError("no room")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def die_once(mark):
    if mark.exists():
        return "alive"
    mark.touch()
    die()

def who():
    time.sleep(0.2)
    return os.getpid()

def cores():
    return os.sched_getaffinity(0)

def hang():
    time.sleep(600)

def halt():
    os.kill(os.getpid(), signal.SIGSTOP)

def hold(mark):
    """Run for a while, as a file shows."""
    mark.touch()
    time.sleep(1)
    mark.unlink()
    return "held"

def exceed_memory(counters, other):
    """Be killed while another request runs; then tell whether it runs still."""
    if not counters.read_text().endswith(" 0"):
        return "together" if other.exists() else "alone"
    while not other.exists():
        time.sleep(0.01)
    counters.write_text("oom_kill 1")
    die()

def exceed_memory_again(counters):
    killed = int(counters.read_text().split()[1])
    counters.write_text(f"oom_kill {killed + 1}")
    die()
'''


@pytest.fixture
def requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Requests by the names of functions; a number of epochs asks to train."""
    (tmp_path / "bench_requests.py").write_text(REQUESTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    sys.modules.pop("bench_requests", None)
    yield importlib.import_module("bench_requests")
    sys.modules.pop("bench_requests", None)
