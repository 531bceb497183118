"""What GridSearchCV costs here and over plain scikeras.

    python performance/folds.py --dataset digits --epochs 10
    python performance/folds.py --dataset fashion_mnist --images 10000 --epochs 10

The classic search: ``dense`` over dropout and kernel initializer, each candidate on
the same three stratified folds, for the same epochs at the same batch size and at a
constant learning rate.

- ``scikeras``: scikit-learn's GridSearchCV around scikeras' KerasClassifier and the
  family's ``build``, one fit after the other, no final refit. TensorFlow takes all
  cores, which is its default.
- ``scikeras-2``: the same with ``n_jobs=2``: processes that each import TensorFlow.
- ``ours``: ``search --tuner sklearn-grid`` with a worker a core, its store and all
  records of its trials; references and final trainings are left out.

Each has a process of its own. ``seconds`` starts when the first fit can, packages
imported and images in memory, and ends with the last; ``with start-up`` is the whole
process. ``mean`` and ``deviation`` are the best candidate's over its folds, ``best of
the first`` what this contender found for the candidate that the first contender found
best: a check that all searched the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import Measured, measure, write

if TYPE_CHECKING:
    from bench.study.prepare import Plan

SEARCHED = ("dropout", "kernel_initializer")
FOLDS = 3
CONTENDERS = ("scikeras", "scikeras-2", "ours")
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one contender is to do in a process of its own."""

    contender: str
    dataset: str
    images: int | None
    epochs: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Seconds of a search, and of each candidate, by its name, mean and deviation."""

    seconds: float
    scores: dict[str, tuple[float, float]]

    @property
    def best(self) -> str:
        return max(self.scores, key=lambda name: self.scores[name][0])


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    dataset: Annotated[str, typer.Option(help="As of search.")] = "digits",
    images: Annotated[int | None, typer.Option(help="As of search.")] = None,
    epochs: Annotated[int, typer.Option(help="Of every fit.", min=1)] = 10,
    contenders: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(
        CONTENDERS
    ),
    seed: Annotated[int, typer.Option(help="Of splits, folds and trainings.")] = 0,
) -> None:
    """Measure contenders on the same candidates and folds; print and write a table."""
    if context.invoked_subcommand is not None:
        return
    runs = {}
    for name in contenders.split(","):
        job = Job(
            contender=name, dataset=dataset, images=images, epochs=epochs, seed=seed
        )
        runs[name] = _measured(job)
        typer.echo(f"{name} {runs[name][1].seconds:.2f} s, {runs[name][0]}")
    first = next(iter(runs.values()))
    rows = [{"contender": name} | _row(run, first) for name, run in runs.items()]
    count = len(first[1].scores)
    note = (
        f"{dataset}, {count} candidates on {FOLDS} folds, {epochs} epochs, seed {seed}"
    )
    typer.echo(write("folds", rows, note))


def _measured(job: Job) -> tuple[Measured, Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcome.json"
        request = json.dumps(asdict(job))
        command = [sys.executable, __file__, "contend", request, str(path)]
        cost = measure(command, ENVIRONMENT)
        return cost, Outcome(**json.loads(path.read_text()))


def _row(
    run: tuple[Measured, Outcome], first: tuple[Measured, Outcome]
) -> dict[str, Any]:
    cost, outcome = run
    mean, deviation = outcome.scores[outcome.best]
    return {
        "seconds": round(outcome.seconds, 2),
        "with start-up": round(cost.seconds, 2),
        "CPU seconds": round(cost.cpu_seconds, 1),
        "peak MiB": round(cost.peak_mib),
        "best": outcome.best,
        "mean": round(mean, 4),
        "deviation": round(deviation, 4),
        "best of the first": round(outcome.scores[first[1].best][0], 4),
        "times as fast": round(first[1].seconds / outcome.seconds, 2),
        "start-up included": round(first[0].seconds / cost.seconds, 2),
    }


# In a contender's process ---------------------------------------------------


@app.command(hidden=True)
def contend(request: str, path: Path) -> None:
    job = Job(**json.loads(request))
    outcome = ours(job) if job.contender == "ours" else plain(job)
    path.write_text(json.dumps(asdict(outcome)))


def planned(job: Job) -> Plan:
    from bench.training import backend

    backend.start("tensorflow")  # first, as the command line does
    from bench.study import prepare as plan
    from bench.study import session
    from bench.study.specs import specs

    (spec,) = specs(
        ["dense"],
        dataset=job.dataset,
        images=job.images,
        epochs=job.epochs,
        tuner="sklearn-grid",
        folds=FOLDS,
        only=SEARCHED,
        fix=["schedule=constant"],  # as Keras trains by itself
        seed=job.seed,
    )
    return plan.plan(spec, session.load_task(spec, data=None))


def plain(job: Job) -> Outcome:
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV

    from bench.datasets.folds import pooled
    from bench.searchers import param_grid as layout
    from bench.searchers import space as search_space
    from bench.training import models

    work = planned(job)
    assert work.folds is not None
    pool = pooled(work.task).train
    defaults = {entry.name: entry.default for entry in work.space.space}

    def build(dropout: float, kernel_initializer: str) -> keras.Model:
        keras.backend.clear_session()
        values = {"dropout": dropout, "kernel_initializer": kernel_initializer}
        active = search_space.active(work.space, values)
        return work.source.hypermodel.build(models.configured(active))

    search = GridSearchCV(
        KerasClassifier(
            build,
            epochs=job.epochs,
            batch_size=defaults["batch_size"],
            verbose=0,
            **dict.fromkeys(SEARCHED),
        ),
        layout.grids(work.space),
        cv=work.folds.splitter,
        refit=False,
        error_score="raise",
        n_jobs=2 if job.contender == "scikeras-2" else None,
    )
    keras.utils.set_random_seed(job.seed)
    started = time.perf_counter()
    search.fit(pool.images, pool.labels)
    seconds = time.perf_counter() - started
    found = search.cv_results_
    return Outcome(
        seconds=seconds,
        scores={
            named(values): (mean, deviation)
            for values, mean, deviation in zip(
                found["params"],
                found["mean_test_score"].tolist(),
                found["std_test_score"].tolist(),
                strict=True,
            )
        },
    )


def ours(job: Job) -> Outcome:
    work = planned(job)
    from throughput import SearchIsOver, Stopwatch

    from bench.records import ReferenceRecord
    from bench.store import Store
    from bench.study import run as study
    from bench.study.prepare import Crew

    watch = Stopwatch()
    known = ReferenceRecord(name="none", metrics={}, parameters=0, seconds=0.0)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        store.add_reference(work.task.record.test_fingerprint, known)
        try:
            study.run(work, store, watch, crew=Crew())
        except SearchIsOver:
            trials = store.trials(work.id)
    scores: dict[str, list[float]] = {}
    for trial in trials:
        assert trial.result is not None
        name = named(dict(trial.proposal.hyperparameters))
        score = trial.result.metrics["validation_accuracy"]
        scores.setdefault(name, []).append(score)
    return Outcome(
        seconds=watch.seconds,
        scores={
            name: (float(np.mean(folds)), float(np.std(folds)))
            for name, folds in scores.items()
        },
    )


def named(values: dict[str, Any]) -> str:
    return " ".join(f"{values[name]}" for name in SEARCHED)


if __name__ == "__main__":
    app()
