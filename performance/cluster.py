"""Measures what a trial costs besides its training, in a pool and on a Ray cluster.

    python performance/cluster.py --parts ways,overhead,slots,driver

- ``ways``: Milliseconds of a request that does nothing, with two workers: in the pool
  of this machine, on Ray as this toolkit runs it (an actor that holds a process), in an
  actor that runs the request itself, and as a task of Ray for each request.
- ``slots``: Share of their time for which the slots of a cluster are busy, by number of
  slots and seconds of a trial, in searches of trials that sleep. Slots are actors of a
  cluster on this machine, or simulated in this process (``simulated``), which shows
  what the study's process and the store alone allow.
- ``driver``: Milliseconds of the processor that a trial takes in the study's process
  and in the store, by number of trials, with simulated slots whose trials take no time.

Trials report one epoch. A machine with few cores starts many actors slowly; only the
search is timed, from its first trial to its last.
"""

from __future__ import annotations

import heapq
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from common import write

from bench.executors.pool import Pool
from bench.executors.remote import HostPlan
from bench.executors.workers import Worker
from bench.records import STAGES, EpochRecord, TrialResources, TrialResult

Rows = list[dict[str, Any]]
"""Rows of a table."""

HERE = Path(__file__).parent
"""Folder that nodes get, so that they know ``Sleeping``."""

NOTHING = 300
"""Number of requests that do nothing."""


def go_on(*_: object) -> bool:
    return True


def lost(request: object, reason: str) -> Any:
    raise RuntimeError(reason)


# Trials that sleep ---------------------------------------------------------


@dataclass(frozen=True)
class Sleeping:
    """Makes runners whose trials sleep, and runs them."""

    seconds: float

    def __call__(self, slot: int) -> Any:
        return self.run

    def run(self, request: Any, report: Callable[[EpochRecord], bool]) -> TrialResult:
        time.sleep(self.seconds)
        report(epoch_of(request))
        return result_of(request)


def epoch_of(request: Any) -> EpochRecord:
    return EpochRecord(
        epoch=1, metrics=metrics_of(request), seconds=0.0, ended=time.time()
    )


def result_of(request: Any) -> TrialResult:
    stages = dict.fromkeys(STAGES, 1e-6)
    return TrialResult(
        metrics=metrics_of(request), best_epoch=1, epochs=1, stage_seconds=stages
    )


def metrics_of(request: Any) -> dict[str, float]:
    loss = 0.1 + (getattr(request, "seed", 0) % 1000) / 2000
    return {"validation_accuracy": 1 - loss, "validation_log_loss": loss}


class SimulatedWorker(Worker):
    """A worker in this process, whose trial ends after some seconds."""

    seconds = 0.0
    ends = 0.0
    messages: tuple[Any, ...] = ()
    written = cause = ""
    lacked_memory = False

    def send(self, message: Any) -> None:
        if message[0] == "run":
            request = message[2][0]
            self.ends = time.monotonic() + self.seconds
            self.messages = ("epoch", epoch_of(request)), ("done", result_of(request))

    def receive(self) -> Any:
        self.heard = time.monotonic()
        first, *others = self.messages
        self.messages = tuple(others)
        return first


class SimulatedWorkers:
    """Workers in this process; see ``bench.executors.workers.Workers``."""

    def __init__(self, slots: int, seconds: float) -> None:
        self._slots = slots
        self._seconds = seconds

    def count(self) -> int:
        return self._slots

    def start(self, slot: int) -> SimulatedWorker:
        worker = SimulatedWorker(slot=slot)
        worker.seconds = self._seconds
        return worker

    def wait(self, workers: Sequence[Any], seconds: float) -> list[Any]:
        first = heapq.nsmallest(1, (worker.ends for worker in workers))
        time.sleep(max(0.0, first[0] - time.monotonic()))
        now = time.monotonic()
        return [worker for worker in workers if worker.ends <= now]

    def renew(self, worker: Any) -> Any:
        return self.start(worker.slot)

    def end(self, worker: Any) -> None:
        pass

    def close(self) -> None:
        pass


# Where trials run ----------------------------------------------------------


@contextmanager
def nodes(slots: int) -> Iterator[str]:
    """A cluster of one node of this machine; its address."""
    from ray.cluster_utils import Cluster

    config = {"worker_niceness": 0}  # that of other processes
    arguments = {
        "num_cpus": slots,
        "include_dashboard": False,
        "_system_config": config,
    }
    cluster = Cluster(initialize_head=True, head_node_args=arguments)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


@contextmanager
def executor(kind: str, slots: int, seconds: float) -> Iterator[Pool[Any, Any]]:
    """An executor all of whose workers are ready."""
    if kind == "simulated":
        yield Pool(SimulatedWorkers(slots, seconds), lost=lost)
        return
    if kind == "pool":
        from bench.executors.local import LocalExecutor

        pool: Any = LocalExecutor(Sleeping(seconds), slots, lost=lost)
        yield from ready(pool)
        return
    from bench.executors.ray import Cluster, RayExecutor

    with nodes(slots) as address:
        plan = HostPlan(make_runner=Sleeping(seconds))
        cluster = Cluster(address, TrialResources(), HERE)
        yield from ready(RayExecutor(plan, cluster, slots, lost=lost))


def ready(pool: Any) -> Iterator[Any]:
    """Wait until each worker has answered, and close the executor at the end."""
    try:
        while not all(worker.is_ready for worker in pool._workers):
            pool._hire()
            time.sleep(0.1)
        for key in range(pool.free):
            pool.submit(key, None)
        while pool.in_flight:
            pool.collect(go_on)
        yield pool
    finally:
        pool.close()


# Parts ---------------------------------------------------------------------


def ways(count: int) -> Rows:
    """Milliseconds of a request that does nothing, with two workers."""
    seconds = {}
    for name in ("pool", "ray"):
        with executor(name, 2, 0.0) as pool:
            seconds[name] = timed(pool, count)
    seconds |= bare_ray(count)
    names = {
        "pool": "pool of this machine",
        "ray": "Ray: an actor that holds a process",
        "actor": "Ray: an actor that runs requests",
        "task": "Ray: a task for each request",
    }
    return [
        {"way": names[name], "ms a request": round(1e3 * seconds[name] / count, 2)}
        for name in names
    ]


def timed(pool: Any, count: int) -> float:
    started = time.perf_counter()
    for key in range(count):
        pool.submit(key, None)
        if pool.free < 0:
            pool.collect(go_on)
    while pool.in_flight:
        pool.collect(go_on)
    return time.perf_counter() - started


def bare_ray(count: int) -> dict[str, float]:
    """Seconds of the same in actors and in tasks, without a pool."""
    import ray

    def reports(request: object) -> Iterator[object]:
        yield epoch_of(request)
        yield result_of(request)

    class Reporter:
        def run(self, request: object) -> Iterator[object]:
            yield from reports(request)

    with nodes(2) as address:
        environment = {"working_dir": str(HERE)}
        ray.init(address, runtime_env=environment, log_to_driver=False)
        actors = [ray.remote(num_cpus=1)(Reporter).remote() for _ in range(2)]
        task = ray.remote(num_cpus=1)(reports)
        seconds = {
            "actor": streamed([actor.run.remote for actor in actors], count),
            "task": 0.0,
        }
        for actor in actors:
            ray.kill(actor)
        seconds["task"] = streamed([task.remote] * 2, count)
        ray.shutdown()
    return seconds


def streamed(starts: Sequence[Callable[..., Any]], count: int) -> float:
    """Seconds of so many streams, of which each start has one at a time."""
    import ray

    for start in starts:  # whatever it takes to begin
        list(map(ray.get, start(None)))
    started, begun = time.perf_counter(), 0
    running: dict[Any, Callable[..., Any]] = {}
    for start in starts:
        running[start(None)] = start
        begun += 1
    while running:
        ready, _ = ray.wait(list(running), num_returns=1)
        try:
            ray.get(next(ready[0]))
        except StopIteration:
            start = running.pop(ready[0])
            if begun < count:
                running[start(None)] = start
                begun += 1
    return time.perf_counter() - started


def slots(cases: Sequence[tuple[str, int]]) -> Rows:
    """Busy share of slots in searches of trials that sleep."""
    rows = []
    for kind, count in cases:
        row: dict[str, Any] = {"slots": count, "on": kind}
        for seconds in (0.1, 1.0, 10.0):
            with executor(kind, count, seconds) as pool:
                rounds = max(2, round(6 / seconds))
                took = searched(pool, count, rounds * count)
            row[f"{seconds:g} s a trial"] = round(rounds * seconds / took, 3)
        rows.append(row)
    return rows


def searched(pool: Any, count: int, trials: int) -> float:
    """Seconds of a random search of trials that sleep."""
    from search_only import random_study, search

    from bench.searchers import lookahead
    from bench.study.progress import Progress

    with random_study(trials=trials, epochs=1) as (prepared, store):
        ahead = lookahead("random", count, trials)
        return search(prepared, store, pool, Progress(), ahead)


def driver(counts: Sequence[int]) -> Rows:
    """Milliseconds of the processor for a trial, in the study's process."""
    from search_only import random_study, search

    from bench.searchers import lookahead
    from bench.study.progress import Progress

    rows = []
    for trials in counts:
        with random_study(trials=trials, epochs=1) as (prepared, store):
            pool: Any = Pool(SimulatedWorkers(128, 0.0), lost=lost)
            ahead = lookahead("random", 128, trials)
            timed_store = OnProcessor(store)
            started = time.process_time()
            search(prepared, timed_store, pool, Progress(), ahead)
            taken = time.process_time() - started
            size = sum(path.stat().st_size for path in store.folder.iterdir())
        rows.append(
            {
                "trials": trials,
                "ms a trial": round(1e3 * taken / trials, 2),
                "of it the store": round(1e3 * timed_store.seconds / trials, 2),
                "trials a second": round(trials / taken),
                "MiB of the store": round(size / 2**20, 1),
            }
        )
    return rows


class OnProcessor:
    """Proxy of a store that adds up the processor's seconds of its methods."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if not callable(attribute):
            return attribute

        def timed(*arguments: Any, **options: Any) -> Any:
            started = time.process_time()
            try:
                return attribute(*arguments, **options)
            finally:
                self.seconds += time.process_time() - started

        return timed


RAY_SLOTS = (2, 8, 32)
SIMULATED_SLOTS = (2, 8, 32, 128)

PARTS: dict[str, tuple[Callable[..., Rows], Any, Any]] = {
    "ways": (ways, NOTHING, 20),
    "slots": (
        slots,
        [("ray", n) for n in RAY_SLOTS] + [("simulated", n) for n in SIMULATED_SLOTS],
        [("simulated", 2)],
    ),
    "driver": (driver, (1000, 10_000, 100_000), (100,)),
}
"""The function of each part, with its argument in full and in quick measurements."""


def main(
    parts: Annotated[str, typer.Option(help="Such as ways,slots.")] = ",".join(PARTS),
    quick: Annotated[bool, typer.Option(help="Only check that it works.")] = False,
) -> None:
    """Measure the parts, each in a process of its own."""
    first, *others = parts.split(",")
    if others:
        for name in (first, *others):
            options = ["--parts", name, *(["--quick"] if quick else [])]
            subprocess.run([sys.executable, __file__, *options], check=True)
        return
    if first != "ways":
        from bench.training import backend

        backend.start("tensorflow")
    measure, full_argument, quick_argument = PARTS[first]
    rows = measure(quick_argument if quick else full_argument)
    print(write(f"cluster-{first}", rows))


if __name__ == "__main__":
    # Nodes find ``Sleeping`` in this module by its name, not in ``__main__``.
    import cluster

    typer.run(cluster.main)
