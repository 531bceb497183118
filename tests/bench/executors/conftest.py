"""A runner that needs no Keras, in a module that other processes can import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ray_cluster import RayCluster

from bench.executors import Executor
from bench.executors.local import LocalExecutor
from bench.executors.remote import HostPlan
from bench.records import TrialResources

PRELOAD = "bench.training.preload"

REQUESTS = '''
import multiprocessing, os, pathlib, signal, subprocess, sys, time
from bench.errors import StudyError
from bench.records import EpochRecord
from bench.text.activity import doing

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

def compute():
    """Take a while before the first epoch."""
    with doing("features", 100) as reach:
        time.sleep(0.3)
        reach(40)
    return "computed"

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

def write_much(ending):
    """Write 20 MB, and then how it ended."""
    for _ in range(200):
        print("x" * 100_000, flush=True)
    os.write(2, ending.name.encode())
    return "written"

def kill_host_once(mark):
    """Kill the process that has started this one, and tell where it runs then."""
    if mark.exists():
        return "alive"
    mark.touch()
    os.kill(multiprocessing.parent_process().pid, signal.SIGKILL)
    time.sleep(600)

def stay(folder):
    """Say in a file that this process runs, and stay until the file is removed."""
    mark = folder / str(os.getpid())
    mark.touch()
    while mark.exists():
        time.sleep(0.02)
    return "stayed"

def copy(source, target):
    """Write the contents of a file to another."""
    target.write_text(source.read_text() + " copied")
    return str(target)

def moved(request, place, shift):
    if not isinstance(request, tuple):
        return request
    return request[0], *(str(place(pathlib.Path(path))) for path in request[1:])

def versions():
    """Other versions on a node than in the process of the tests."""
    return {"keras": "2.0" if "default_worker" in sys.argv[0] else "1.0"}

def environment(name):
    return os.environ.get(name.name)

def write_and_die():
    os.write(1, b"the last words")
    die()

def spoil():
    run.is_spoilt = True
    return os.getpid()

def leave_process(mark):
    """Start a process that outlives this one unless it is ended, and hang."""
    mark.write_text(str(subprocess.Popen(["sleep", "600"]).pid))
    hang()

def take_memory():
    taken = []
    while len(taken) < 300:
        taken.append(b"x" * 10_000_000)
        time.sleep(0.01)
    return "taken"

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


def lost(request: object, reason: str) -> str:
    return f"lost {request}: {reason}"


@pytest.fixture
def local_pool(
    requests: ModuleType, keras_started: None
) -> Iterator[Callable[..., LocalExecutor]]:
    """Makes pools of processes that end with the test."""
    pools = []

    def pool(workers: int = 2, **options: object) -> LocalExecutor:
        # All pools of a process are forked from one server, which therefore starts
        # with the imports that other tests need.
        options = {"make_runner": requests.make_runner} | options
        executor = LocalExecutor(
            workers=workers, lost=lost, preload=[PRELOAD], **options
        )
        pools.append(executor)
        return executor

    yield pool
    for executor in pools:
        executor.close()


@pytest.fixture
def cluster_pool(
    requests: ModuleType,
    tmp_path: Path,
    ray_cluster: RayCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Executor]]:
    """Makes pools of workers on a cluster of two nodes; one at a time."""
    from bench.executors.ray import Cluster, RayExecutor

    pools = []

    def pool(
        workers: int | None = 2,
        make_runner: object = requests.make_runner,
        is_seen: bool = True,
        **options: object,
    ) -> Executor:
        names = ("versions", "files", "moved", "home")
        plan = {name: options.pop(name) for name in names if name in options}
        if not is_seen:
            nowhere = tmp_path / "nowhere"
            monkeypatch.setattr(
                "bench.executors.ray.executor.write_token", lambda _: nowhere
            )
        code = tmp_path / "code"
        code.mkdir(exist_ok=True)
        (code / "bench_requests.py").write_text(REQUESTS)
        executor = RayExecutor(
            HostPlan(make_runner=make_runner, **plan),
            Cluster(ray_cluster.address, TrialResources(), code),
            workers,
            lost=lost,
            **options,
        )
        pools.append(executor)
        while not all(worker.is_ready for worker in executor._workers):
            executor._hire()
        return executor

    yield pool
    for executor in pools:
        executor.close()


POOLS = ["local", pytest.param("cluster", marks=pytest.mark.cluster)]


@pytest.fixture(params=POOLS)
def pool(request: pytest.FixtureRequest) -> Callable[..., Executor]:
    """Makes pools of either kind."""
    return request.getfixturevalue(f"{request.param}_pool")
