"""Measures how costs grow with the number of trials, workers and images.

    python performance/scaling.py --parts noop,memory,workers,images

- ``noop``: Milliseconds that a trial takes besides its training, by part of the
  toolkit.
- ``memory``: Memory of a worker and of the study's process, by number of trials.
- ``workers``: Wall-clock seconds of the same trials with 1, 2 and 4 workers.
- ``images``: Seconds of an epoch per thousand images, on one thread.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import write
from search_only import prepare_study, random_study, search, seconds_of

from bench import records, report
from bench.datasets import Split
from bench.executors.inline import InlineExecutor
from bench.store import Store
from bench.study.progress import Progress

if TYPE_CHECKING:  # these import Keras
    from bench.study.prepare import PreparedStudy
    from bench.training.request import TrialRequest

BACKEND = "tensorflow"

Rows = list[dict[str, Any]]
"""Rows of a table."""


# Trials without training ---------------------------------------------------


class Timed:
    """Proxy of an object that adds up the seconds of its methods by their names."""

    def __init__(self, target: Any, seconds: Counter[str]) -> None:
        self._target = target
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not callable(attribute):
            return attribute

        def timed(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return attribute(*arguments, **options)
            finally:
                self._seconds[name] += time.perf_counter() - started

        return timed


def noop(counts: Sequence[int]) -> Rows:
    """Milliseconds of a trial that trains nothing, by number of trials."""
    rows = []
    for trials in counts:
        with random_study(trials=trials, epochs=1) as (prepared, store):
            searcher_seconds: Counter[str] = Counter()
            store_seconds: Counter[str] = Counter()
            seconds = search(
                replace(prepared, searcher=Timed(prepared.searcher, searcher_seconds)),
                Timed(store, store_seconds),
                InlineExecutor(NoTraining()),
                Progress(),
                lookahead=0,
            )
            _add_finals(prepared, store)
            parts = {"ms a trial": seconds, **searcher_seconds}
            parts["store"] = store_seconds.total()
            parts["rest"] = seconds - searcher_seconds.total() - parts["store"]
            rows.append(
                {"trials": trials}
                | {name: round(1e3 * s / trials, 2) for name, s in parts.items()}
                | {"boards s": seconds_of(report.boards, store)}
                | {"leaderboard s": seconds_of(report.write, store, plots=False)}
            )
    return rows


class NoTraining:
    """Answers requests without training; each result is a little better."""

    def __init__(self) -> None:
        self._trials = 0

    def __call__(
        self,
        request: TrialRequest,
        report: Callable[[records.EpochRecord], bool],
    ) -> records.TrialResult:
        loss = 1 / (2 + self._trials)
        self._trials += 1
        metrics = {"validation_accuracy": 1 - loss, "validation_log_loss": loss}
        now = time.time()
        report(records.EpochRecord(epoch=1, metrics=metrics, seconds=0.0, ended=now))
        stages = dict.fromkeys(records.STAGES, 1e-6)
        return records.TrialResult(
            metrics=metrics, best_epoch=1, epochs=1, stage_seconds=stages
        )


def _add_finals(prepared: PreparedStudy, store: Store) -> None:
    """Add final trainings, without which a study has no row on a leaderboard."""
    task = prepared.task.record
    ones = {field.name: 1 for field in fields(records.FinalRecord)}
    metrics = {"test_accuracy": 0.9, "test_log_loss": 0.1}
    for seed in range(prepared.spec.seeds):
        final = records.FinalRecord(**ones | {"seed": seed, "metrics": metrics})
        probabilities = np.full((task.test, len(task.class_names)), 0.1)
        store.end_final(prepared.id, final, {"probabilities": probabilities})


# Trials that train ---------------------------------------------------------


def memory(milestones: Sequence[int]) -> Rows:
    """Memory by number of trials of two epochs on digits, with one worker."""
    rows: Rows = []

    class MemoryAtMilestones(Progress):
        ended = 0

        def trial_ended(self, trial: records.TrialRecord) -> None:
            self.ended += 1
            if self.ended in milestones:
                rows.append({"trials": self.ended} | _mebibytes())

    with random_study(trials=milestones[-1], epochs=2) as (prepared, store):
        _train(prepared, store, 1, MemoryAtMilestones())
    return rows


def _mebibytes() -> dict[str, int]:
    """Resident memory of this process and its only worker, and its unshared part."""
    import psutil

    study = psutil.Process()
    # Workers are forked from a child of this process.
    (worker,) = [w for child in study.children() for w in child.children()]
    memory = worker.memory_full_info()
    return {
        "worker MiB": round(memory.rss / 2**20),
        "unshared": round(memory.uss / 2**20),
        "study MiB": round(study.memory_info().rss / 2**20),
    }


def workers(trials: int) -> Rows:
    """Wall-clock seconds of the same trials of ten epochs on digits, by workers.

    Keras is imported before, also in the process that workers are forked from.
    """
    rows: Rows = []
    for count in (1, 2, 4):
        with random_study(trials=trials, epochs=10) as (prepared, store):
            seconds = _train(prepared, store, count, Progress())
            results = [trial.result for trial in store.trials(prepared.id)]
        stages: Counter[str] = Counter()
        for result in results:
            stages.update(result.stage_seconds if result else {})
        row = {"workers": count, "trials": len(results), "seconds": seconds}
        row["speed-up"] = rows[0]["seconds"] / seconds if rows else 1.0
        row |= {f"{s} s": stages[s] for s in ("tracing", "training", "idle")}
        rows.append({name: round(value, 2) for name, value in row.items()})
    return rows


def _train(
    prepared: PreparedStudy, store: Store, workers: int, progress: Progress
) -> float:
    """Search with some workers; the seconds of the search."""
    from bench.study.execution import lookahead, make_executor

    resources = records.Resources(workers=workers)
    images, cache = store.folder / "images", store.folder / "cache"
    executor = make_executor(prepared, resources, images, cache)
    try:
        return search(
            prepared, store, executor, progress, lookahead(prepared, resources)
        )
    finally:
        executor.close()


def images(counts: Sequence[int]) -> Rows:
    """Seconds of an epoch of LeNet's default configuration, by training images."""
    from bench.searchers.space import discover
    from bench.training import backend
    from bench.training.request import TrialRequest
    from bench.training.trial_runner import TrialRunner

    backend.settle(BACKEND, 0)
    prepared = prepare_study(
        family="lenet",
        dataset="fashion_mnist",
        validation_fraction=1 / 60,  # to train on nearly all images
    )
    source, task = prepared.source, prepared.task
    request = TrialRequest(
        hyperparameters=discover(source.hypermodel).values,
        seed=0,
        epochs=2,
        full_epochs=2,
        patience=2,
    )
    rows = []
    for count in counts:
        x, y = task.train.images[:count], task.train.labels[:count]
        smaller = replace(task, train=Split(images=x, labels=y))
        runner = TrialRunner(source, smaller, Path(tempfile.gettempdir()))
        stages = runner(request, lambda epoch: True).stage_seconds
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


PARTS: dict[str, tuple[Callable[..., Rows], Any, Any]] = {
    "noop": (noop, (100, 1000, 10_000), (100, 1000)),
    "memory": (memory, (20, 50, 100, 150, 200), (10, 20)),
    "workers": (workers, 40, 10),
    "images": (images, (1000, 3000, 10_000, 30_000, 59_000), (1000, 3000)),
}
"""The function of each part, with its argument in full and in quick measurements."""


def main(
    parts: Annotated[str, typer.Option(help="Such as noop,images.")] = ",".join(PARTS),
    quick: Annotated[bool, typer.Option(help="Only check that it works.")] = False,
) -> None:
    """Measure the parts, each in a process of its own."""
    first, *others = parts.split(",")
    if others:
        for name in (first, *others):
            options = ["--parts", name, *(["--quick"] if quick else [])]
            subprocess.run([sys.executable, __file__, *options], check=True)
        return
    from bench.training import backend

    backend.start(BACKEND)
    measure, full_argument, quick_argument = PARTS[first]
    rows = measure(quick_argument if quick else full_argument)
    print(write(f"scaling-{first}", rows))


if __name__ == "__main__":
    typer.run(main)
