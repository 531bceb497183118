"""What training a list of configurations costs here and in other tools.

    python performance/throughput.py --cases digits,mnist --peers keras_tuner,ours-2

The configurations are drawn once, by a seed, from a space of ``spaces.py``. All
contenders build each by the same ``build(hp)`` and train it on the same arrays for
the same epochs at the same batch size, none stopped early:

- ``keras_tuner``: its own loop, checkpoint of every best epoch included, with an
  oracle that hands out the list.
- ``grid_search``: scikit-learn's GridSearchCV around scikeras, one predefined split,
  no final refit. It validates after the last epoch only, the others after each.
- ``optuna``: a study in memory whose objective calls ``model.fit``.
- ``ours-1``, ``ours-2``: this toolkit with 1 and 2 workers: a study by ``random``, its
  store and all records of its trials.

Each has a process of its own, one after the other. TensorFlow takes all cores in the
peers, which is its default, and one thread in each of our workers.

``seconds`` starts when trial 0 can: packages are imported, the images in memory, the
peers' objects made (a Tuner has built its first model by then) or our workers forked,
whose loading of the images may still go on. It ends with the last trial.
``with start-up`` is the whole process. The reference classifiers and final trainings
of our leaderboard are left out. Processor time and memory are those of the process
tree. Accuracies are means over configurations of the best epoch's, of GridSearchCV
the last's: a check that all trained the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import Measured, measure, write

from bench.records import ReferenceRecord, TrialRecord, Value
from bench.study.progress import QuietDisplay

if TYPE_CHECKING:
    import keras
    from spaces import Workload

CASES = ("digits", "mnist", "cifar10")
BASELINE = "keras_tuner"
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one contender is to do in a process of its own."""

    case: str
    contender: str
    trials: int
    images: int | None
    seed: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The seconds of a search, and the accuracy of every configuration."""

    seconds: float
    accuracies: list[float]


Runs = dict[Job, list[tuple[Measured, Outcome]]]


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    cases: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(CASES),
    peers: Annotated[str | None, typer.Option(help="Comma-separated.")] = None,
    trials: Annotated[int, typer.Option(help="Configurations.", min=1)] = 20,
    repeats: Annotated[int, typer.Option(help="Of the whole round.", min=1)] = 1,
    images: Annotated[
        int | None, typer.Option(help="To train and validate on.", min=100)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of split, list and training.")] = 0,
) -> None:
    """Measure contenders on the same configurations; print and write a table."""
    if context.invoked_subcommand is not None:
        return
    jobs = [
        Job(case=case, contender=name, trials=trials, images=images, seed=seed)
        for case in _chosen(cases, CASES)
        for name in _chosen(peers or ",".join(CONTENDERS), CONTENDERS)
    ]
    runs: Runs = {job: [] for job in jobs}
    for _ in range(repeats):
        for job in jobs:
            run = _measured(job)
            runs[job].append(run)
            typer.echo(f"{job.case} {job.contender} {run[1].seconds:.2f} s, {run[0]}")
    note = f"{trials} configurations, seed {seed}, median of {repeats}"
    note += "" if images is None else f", at most {images:,} images"
    typer.echo(write("throughput", [_row(job, runs) for job in jobs], note))


def _chosen(typed: str, known: Iterable[str]) -> list[str]:
    names = typed.split(",")
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"unknown {name!r}; known are {', '.join(known)}")
    return names


def _measured(job: Job) -> tuple[Measured, Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcome.json"
        request = json.dumps(asdict(job))
        command = [sys.executable, __file__, "contend", request, str(path)]
        cost = measure(command, ENVIRONMENT)
        return cost, Outcome(**json.loads(path.read_text()))


def _row(job: Job, runs: Runs) -> dict[str, Any]:
    """Medians over repeats; of the seconds the range too."""
    costs, outcomes = zip(*runs[job], strict=True)
    seconds = [outcome.seconds for outcome in outcomes]
    baseline = runs.get(replace(job, contender=BASELINE))
    ratio = baseline and median(o.seconds for _, o in baseline) / median(seconds)
    return {
        "case": job.case,
        "contender": job.contender,
        "seconds": round(median(seconds), 2),
        "range": f"{min(seconds):.2f}–{max(seconds):.2f}",
        "with start-up": round(median(cost.seconds for cost in costs), 2),
        "CPU seconds": round(median(cost.cpu_seconds for cost in costs), 1),
        "peak MiB": round(median(cost.peak_mib for cost in costs)),
        "validation accuracy": round(median(fmean(o.accuracies) for o in outcomes), 4),
        "best": round(median(max(o.accuracies) for o in outcomes), 4),
        "times as fast": ratio and round(ratio, 2),
    }


# In a contender's process ---------------------------------------------------


@app.command(hidden=True)
def contend(request: str, path: Path) -> None:
    job = Job(**json.loads(request))
    path.write_text(json.dumps(asdict(CONTENDERS[job.contender](job))))


def _workload(job: Job) -> Workload:
    from spaces import Workload

    return Workload(job.case, trials=job.trials, images=job.images, seed=job.seed)


def keras_tuner_loop(job: Job) -> Outcome:
    import keras
    import keras_tuner

    work = _workload(job)
    left = iter(work.configurations)

    class Listed(keras_tuner.Oracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            return {"status": "RUNNING", "values": next(left)}

    keras.utils.set_random_seed(job.seed)
    objective = keras_tuner.Objective("val_accuracy", "max")
    oracle = Listed(objective, max_trials=job.trials)
    with tempfile.TemporaryDirectory() as folder:
        # A function, so that Keras Tuner calls model.fit and not the family's own.
        build = work.plan.source.hypermodel.build
        tuner = keras_tuner.Tuner(oracle, build, directory=folder)
        started = time.perf_counter()
        tuner.search(**work.arrays, **work.options)
        seconds = time.perf_counter() - started
    scores = [trial.score for trial in oracle.trials.values()]
    return Outcome(seconds=seconds, accuracies=scores)


def grid_search(job: Job) -> Outcome:
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    work = _workload(job)
    splits = work.train, work.validation
    X = np.concatenate([split.images for split in splits])
    y = np.concatenate([split.labels for split in splits])
    fold = np.repeat([-1, 0], [len(split) for split in splits])

    def model(**hyperparameters: Value) -> keras.Model:
        keras.backend.clear_session()
        return work.build(hyperparameters)

    keras.utils.set_random_seed(job.seed)
    search = GridSearchCV(
        KerasClassifier(model, **work.options),
        [
            {f"model__{name}": [value] for name, value in configuration.items()}
            for configuration in work.configurations
        ],
        cv=PredefinedSplit(fold),
        refit=False,
        error_score="raise",
    )
    started = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - started
    scores = search.cv_results_["mean_test_score"]
    return Outcome(seconds=seconds, accuracies=scores.tolist())


def optuna_fit(job: Job) -> Outcome:
    import keras
    import optuna

    work = _workload(job)

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        suggested = {
            name: trial.suggest_categorical(name, work.choices(name))
            for name in work.configurations[trial.number]
        }
        history = work.build(suggested).fit(**work.arrays, **work.options)
        return max(history.history["val_accuracy"])

    keras.utils.set_random_seed(job.seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for configuration in work.configurations:
        study.enqueue_trial(configuration)
    started = time.perf_counter()
    study.optimize(objective, n_trials=job.trials)
    seconds = time.perf_counter() - started
    return Outcome(seconds=seconds, accuracies=[trial.value for trial in study.trials])


class SearchIsOver(Exception):  # noqa: N818
    """Ends a study before its final trainings."""


class Stopwatch(QuietDisplay):
    """Times the search of a study and then ends it."""

    started = seconds = 0.0

    def study_started(self, *_: object) -> None:
        self.started = time.perf_counter()

    def finals_started(self, best: TrialRecord, left: int) -> None:
        self.seconds = time.perf_counter() - self.started
        raise SearchIsOver


def ours(job: Job, workers: int) -> Outcome:
    from bench.training import backend

    backend.start("tensorflow")  # first, as the command line does
    from bench.store import Store
    from bench.study import run as study
    from bench.study.prepare import Crew

    work, watch = _workload(job), Stopwatch()
    known = ReferenceRecord(name="none", metrics={}, parameters=0, seconds=0.0)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        # A study scores reference classifiers unless the store has some.
        store.add_reference(work.plan.task.record.test_fingerprint, known)
        try:
            study.run(work.plan, store, watch, crew=Crew(workers=workers))
        except SearchIsOver:
            trials = store.trials(work.plan.id)
    if [trial.proposal.hyperparameters for trial in trials] != work.configurations:
        raise RuntimeError("the study trained another list of configurations")
    results = [trial.result for trial in trials if trial.result is not None]
    scores = [result.metrics["validation_accuracy"] for result in results]
    return Outcome(seconds=watch.seconds, accuracies=scores)


CONTENDERS: dict[str, Callable[[Job], Outcome]] = {
    BASELINE: keras_tuner_loop,
    "grid_search": grid_search,
    "optuna": optuna_fit,
    "ours-1": partial(ours, workers=1),
    "ours-2": partial(ours, workers=2),
}

if __name__ == "__main__":
    app()
