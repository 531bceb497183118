"""How costs grow: with trials, with workers, with images.

    python performance/scaling.py --parts noop,memory,workers,images

noop: what a trial costs besides its training, by part of the toolkit.
memory: what a worker and the study's process hold after so many trials.
workers: wall clock of the same trials by 1, 2 and 4 workers.
images: seconds of an epoch for each thousand images, on one thread.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import write

from bench import records, report
from bench.datasets import Split
from bench.executors.inline import InlineExecutor
from bench.store import Store
from bench.study.progress import Display, QuietDisplay
from bench.study.time_budget import BudgetClock

if TYPE_CHECKING:  # these import Keras
    from bench.study.prepare import Plan, TrialExecutor
    from bench.training.trial import TrialRequest

BACKEND = "tensorflow"

Rows = list[dict[str, Any]]


# Trials without training ---------------------------------------------------


class Timed:
    """Stands for another object, and adds up the seconds of its methods by name."""

    def __init__(self, target: Any, seconds: Counter[str]) -> None:
        self._target = target
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def timed(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return found(*arguments, **options)
            finally:
                self._seconds[name] += time.perf_counter() - started

        return timed


def noop(counts: Sequence[int]) -> Rows:
    """Milliseconds of a trial that trains nothing, by number of trials."""
    rows = []
    for trials in counts:
        with _study(trials=trials, epochs=1) as (plan, store):
            oracle: Counter[str] = Counter()
            writes: Counter[str] = Counter()
            seconds = _search(
                replace(plan, searcher=Timed(plan.searcher, oracle)),
                Timed(store, writes),
                InlineExecutor(_train_nothing),
                QuietDisplay(),
                lookahead=0,
            )
            _add_finals(plan, store)
            parts = {"ms a trial": seconds, **oracle, "store": writes.total()}
            parts["rest"] = seconds - oracle.total() - writes.total()
            rows.append(
                {"trials": trials}
                | {name: round(1e3 * s / trials, 2) for name, s in parts.items()}
                | {"boards s": _seconds(report.boards, store)}
                | {"leaderboard s": _seconds(report.write, store, plots=False)}
            )
    return rows


def _train_nothing(
    request: TrialRequest, on_epoch: Callable[[records.EpochRecord], bool]
) -> records.TrialResult:
    """Results as if trained, each a little better than those before it."""
    loss = 1 / (2 + request.number)
    metrics = {"validation_accuracy": 1 - loss, "validation_log_loss": loss}
    now = time.time()
    on_epoch(records.EpochRecord(epoch=1, metrics=metrics, seconds=0.0, ended=now))
    stages = dict.fromkeys(records.STAGES, 1e-6)
    return records.TrialResult(
        metrics=metrics, best_epoch=1, epochs=1, stage_seconds=stages
    )


def _add_finals(plan: Plan, store: Store) -> None:
    """Add final trainings, without which a leaderboard has no row of a study."""
    task = plan.task.record
    ones = {field.name: 1 for field in fields(records.FinalRecord)}
    metrics = {"test_accuracy": 0.9, "test_log_loss": 0.1}
    for seed in range(plan.spec.seeds):
        final = records.FinalRecord(**ones | {"seed": seed, "metrics": metrics})
        probabilities = np.full((task.test, len(task.class_names)), 0.1)
        store.end_final(plan.id, final, {"probabilities": probabilities})


def _seconds(act: Callable[..., object], *arguments: Any, **options: Any) -> float:
    started = time.perf_counter()
    act(*arguments, **options)
    return round(time.perf_counter() - started, 3)


# Trials that train ---------------------------------------------------------


def memory(milestones: Sequence[int]) -> Rows:
    """Memory after so many trials of two epochs on digits, by one worker."""
    rows: Rows = []

    class Looking(QuietDisplay):
        ended = 0

        def trial_ended(self, trial: records.TrialRecord) -> None:
            self.ended += 1
            if self.ended in milestones:
                rows.append({"trials": self.ended} | _mebibytes())

    with _study(trials=milestones[-1], epochs=2) as (plan, store):
        _train(plan, store, 1, Looking())
    return rows


def _mebibytes() -> dict[str, int]:
    """Resident memory of this process and of its only worker, and what is its own."""
    import psutil

    here = psutil.Process()
    # Between the two is the process that workers are forked from.
    (worker,) = [w for child in here.children() for w in child.children()]
    used = worker.memory_full_info()
    return {
        "worker MiB": round(used.rss / 2**20),
        "unshared": round(used.uss / 2**20),
        "study MiB": round(here.memory_info().rss / 2**20),
    }


def workers(trials: int) -> Rows:
    """Wall clock of the same trials of ten epochs on digits by 1, 2 and 4 workers.

    Keras is imported by then, in the process that workers are forked from too.
    """
    rows: Rows = []
    for count in (1, 2, 4):
        with _study(trials=trials, epochs=10) as (plan, store):
            seconds = _train(plan, store, count, QuietDisplay())
            done = [trial.result for trial in store.trials(plan.id)]
        stages: Counter[str] = Counter()
        for result in done:
            stages.update(result.stage_seconds if result else {})
        row = {"workers": count, "trials": len(done), "seconds": seconds}
        row["speed-up"] = rows[0]["seconds"] / seconds if rows else 1.0
        row |= {f"{s} s": stages[s] for s in ("tracing", "training", "idle")}
        rows.append({name: round(value, 2) for name, value in row.items()})
    return rows


def _train(plan: Plan, store: Store, workers: int, display: Display) -> float:
    """Search by some workers; the seconds that it took."""
    from bench.study.prepare import Crew

    crew = Crew(workers=workers)
    executor = crew.executor(plan, store.folder / "images", store.folder / "cache")
    try:
        return _search(plan, store, executor, display, crew.lookahead(plan))
    finally:
        executor.close()


def images(counts: Sequence[int]) -> Rows:
    """Seconds of an epoch of LeNet's default configuration, by training images."""
    from bench.searchers.space import discover
    from bench.study import session
    from bench.study.prepare import plan
    from bench.training import backend
    from bench.training.trial import TrialRequest
    from bench.training.trial_runner import Work

    backend.settle(BACKEND, 0)
    spec = records.StudySpec(family="lenet", dataset="fashion_mnist")
    spec = replace(spec, validation_fraction=1 / 60)  # nearly all may train
    task = session.load_task(spec, data=None)
    source = plan(spec, task).source
    values = discover(source.hypermodel).values
    request = TrialRequest(
        number=0, hyperparameters=values, seed=0, epochs=2, full_epochs=2, patience=2
    )
    rows = []
    for count in counts:
        x, y = task.train.images[:count], task.train.labels[:count]
        some = replace(task, train=Split(images=x, labels=y))
        work = Work(source, some, Path(tempfile.gettempdir()))
        stages = work(request, lambda epoch: True).stage_seconds
        seconds = stages["training"] / request.epochs
        rows.append(
            {
                "images": len(x),
                "s an epoch": round(seconds, 3),
                "s for each 1,000": round(1e3 * seconds / len(x), 4),
                "tracing s": round(stages["tracing"], 2),
            }
        )
    return rows


# A search, without what comes after it -------------------------------------


@contextmanager
def _study(*, trials: int, epochs: int) -> Iterator[tuple[Plan, Store]]:
    """A random search of the dense family on digits, in a store of its own."""
    from bench.study import session
    from bench.study.prepare import plan

    budget = records.Budget(trials=trials, epochs=epochs)
    spec = records.StudySpec(family="dense", tuner="random", budget=budget)
    planned = plan(spec, session.load_task(spec, data=None))
    record = records.StudyRecord(
        id=planned.id,
        spec=planned.spec,
        task=planned.task.record,
        state=records.StudyState.UNFINISHED,
        created=time.time(),
    )
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        store.add_task(planned.task.record, planned.task.samples())
        store.add_study(record)
        yield planned, store


def _search(
    plan: Plan, store: Any, executor: TrialExecutor, display: Display, lookahead: int
) -> float:
    """Search to the end; the seconds that it took."""
    from bench.study.context import Sitting
    from bench.study.search import Search

    sitting = Sitting(
        plan=plan,
        store=store,
        display=display,
        clock=BudgetClock(None),
        executor=executor,
        scratch=store.folder,
    )
    return _seconds(Search(sitting, {}, lookahead).run)


PARTS: dict[str, tuple[Callable[..., Rows], Any, Any]] = {
    "noop": (noop, (100, 1000, 10_000), (100, 1000)),
    "memory": (memory, (20, 50, 100, 150, 200), (10, 20)),
    "workers": (workers, 40, 10),
    "images": (images, (1000, 3000, 10_000, 30_000, 59_000), (1000, 3000)),
}
"""What measures each part, and how much of it: to publish, and to see that it works."""


def main(
    parts: Annotated[str, typer.Option(help="Such as noop,images.")] = ",".join(PARTS),
    quick: Annotated[bool, typer.Option(help="Only see that it works.")] = False,
) -> None:
    """Measure, each part in a process of its own."""
    first, *others = parts.split(",")
    if others:
        for name in (first, *others):
            options = ["--parts", name, *(["--quick"] if quick else [])]
            subprocess.run([sys.executable, __file__, *options], check=True)
        return
    from bench.training import backend

    backend.start(BACKEND)
    measure, full, little = PARTS[first]
    print(write(f"scaling-{first}", measure(little if quick else full)))


if __name__ == "__main__":
    typer.run(main)
