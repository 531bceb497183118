"""Compares the costs of training a list of configurations here and in other tools.

    python performance/throughput.py --cases digits,mnist --peers keras_tuner,ours-2

A seed draws the configurations once from a search space of ``spaces.py``. All
contenders build each configuration by the same ``build(hp)`` and train it on the same
arrays, for the same number of epochs and at the same batch size, without early
stopping:

- ``keras_tuner``: Keras Tuner's own loop, which saves a checkpoint of every best epoch,
  with an oracle that proposes the listed configurations.
- ``grid_search``: scikit-learn's GridSearchCV with scikeras, one predefined split and
  no final refit. It validates after the last epoch only; the others validate after
  each epoch.
- ``optuna``: A study in memory whose objective calls ``model.fit``.
- ``ours-1``, ``ours-2``: This toolkit with 1 and 2 workers: a study with the tuner
  ``random``, including its store and all records of its trials.
- ``ours-2-bfloat16``: ``ours-2`` with ``--precision bfloat16``.

The contenders run one after the other, each in a process of its own. In the peers
TensorFlow uses all cores, which is its default; each of our workers uses one thread.

``seconds`` starts when the first trial could start: packages are imported, the images
are in memory and the peers' objects exist (a Tuner has built its first model by then)
or our workers are forked, which may still be loading the images. It ends with the last
trial. ``with start-up`` counts the whole process. The reference classifiers and final
trainings of our leaderboard are left out. Processor time and memory are those of the
process tree. Accuracies are means over the configurations of each one's best epoch,
with GridSearchCV of its last epoch; they show that all contenders trained the same.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import Measured, chosen, measure_contender, write
from search_only import timed_search

from bench.records import BFLOAT16, FLOAT32, Resources, Value

if TYPE_CHECKING:
    import keras
    from spaces import Workload

CASES = ("digits", "mnist", "cifar10")
BASELINE = "keras_tuner"
"""The contender that all others are compared with."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Request:
    """The trials that one contender trains in a process of its own."""

    case: str
    contender: str
    trials: int
    images: int | None
    seed: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Seconds of a search, and the validation accuracy of every configuration."""

    seconds: float
    accuracies: list[float]


Measurements = dict[Request, list[tuple[Measured, Outcome]]]
"""Costs and outcomes of every repeat."""


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    cases: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(CASES),
    peers: Annotated[str | None, typer.Option(help="Comma-separated.")] = None,
    trials: Annotated[int, typer.Option(help="Configurations.", min=1)] = 20,
    repeats: Annotated[int, typer.Option(help="Rounds.", min=1)] = 1,
    images: Annotated[
        int | None, typer.Option(help="Images to train and validate on.", min=100)
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Seed of the split, the list and the trainings.")
    ] = 0,
) -> None:
    """Measure contenders on the same configurations; print and write a table."""
    if context.invoked_subcommand is not None:
        return
    requests = [
        Request(case=case, contender=name, trials=trials, images=images, seed=seed)
        for case in chosen(cases, CASES)
        for name in chosen(peers or ",".join(CONTENDERS), CONTENDERS)
    ]
    measurements: Measurements = {request: [] for request in requests}
    for _ in range(repeats):
        for request in requests:
            costs, values = measure_contender(__file__, asdict(request))
            outcome = Outcome(**values)
            measurements[request].append((costs, outcome))
            seconds = f"{outcome.seconds:.2f} s"
            typer.echo(f"{request.case} {request.contender} {seconds}, {costs}")
    note = f"{trials} configurations, seed {seed}, median of {repeats}"
    note += "" if images is None else f", at most {images:,} images"
    rows = [_row(request, measurements) for request in requests]
    typer.echo(write("throughput", rows, note))


def _row(request: Request, measurements: Measurements) -> dict[str, Any]:
    """A table row: medians over the repeats, and the range of the seconds."""
    costs, outcomes = zip(*measurements[request], strict=True)
    seconds = [outcome.seconds for outcome in outcomes]
    baseline = measurements.get(replace(request, contender=BASELINE))
    ratio = baseline and median(o.seconds for _, o in baseline) / median(seconds)
    return {
        "case": request.case,
        "contender": request.contender,
        "seconds": round(median(seconds), 2),
        "range": f"{min(seconds):.2f}–{max(seconds):.2f}",
        "with start-up": round(median(each.seconds for each in costs), 2),
        "CPU seconds": round(median(each.cpu_seconds for each in costs), 1),
        "peak MiB": round(median(each.peak_mib for each in costs)),
        "validation accuracy": round(median(fmean(o.accuracies) for o in outcomes), 4),
        "best": round(median(max(o.accuracies) for o in outcomes), 4),
        "times as fast": ratio and round(ratio, 2),
    }


# In a contender's process ---------------------------------------------------


@app.command(hidden=True)
def contend(request: str, path: Path) -> None:
    values = Request(**json.loads(request))
    path.write_text(json.dumps(asdict(CONTENDERS[values.contender](values))))


def _workload(request: Request) -> Workload:
    from spaces import Workload

    return Workload(
        request.case, trials=request.trials, images=request.images, seed=request.seed
    )


def keras_tuner_loop(request: Request) -> Outcome:
    import keras
    import keras_tuner

    work = _workload(request)
    configurations = iter(work.configurations)

    class Listed(keras_tuner.Oracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            return {"status": "RUNNING", "values": next(configurations)}

    keras.utils.set_random_seed(request.seed)
    objective = keras_tuner.Objective("val_accuracy", "max")
    oracle = Listed(objective, max_trials=request.trials)
    with tempfile.TemporaryDirectory() as folder:
        # A function, so that Keras Tuner calls model.fit and not the family's fit.
        build = work.prepared.source.hypermodel.build
        tuner = keras_tuner.Tuner(oracle, build, directory=folder)
        started = time.perf_counter()
        tuner.search(**work.arrays, **work.options)
        seconds = time.perf_counter() - started
    scores = [trial.score for trial in oracle.trials.values()]
    return Outcome(seconds=seconds, accuracies=scores)


def grid_search(request: Request) -> Outcome:
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    work = _workload(request)
    splits = work.train, work.validation
    X = np.concatenate([split.images for split in splits])
    y = np.concatenate([split.labels for split in splits])
    fold = np.repeat([-1, 0], [len(split) for split in splits])

    def model(**hyperparameters: Value) -> keras.Model:
        keras.backend.clear_session()
        return work.build(hyperparameters)

    keras.utils.set_random_seed(request.seed)
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


def optuna_fit(request: Request) -> Outcome:
    import keras
    import optuna

    work = _workload(request)

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        suggested = {
            name: trial.suggest_categorical(name, work.choices(name))
            for name in work.configurations[trial.number]
        }
        history = work.build(suggested).fit(**work.arrays, **work.options)
        return max(history.history["val_accuracy"])

    keras.utils.set_random_seed(request.seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for configuration in work.configurations:
        study.enqueue_trial(configuration)
    started = time.perf_counter()
    study.optimize(objective, n_trials=request.trials)
    seconds = time.perf_counter() - started
    return Outcome(seconds=seconds, accuracies=[trial.value for trial in study.trials])


def ours(request: Request, workers: int, precision: str = FLOAT32) -> Outcome:
    from bench.training import backend

    backend.start("tensorflow")  # before Keras is imported, as in the command line
    work = _workload(request)
    spec = replace(work.prepared.spec, precision=precision)
    prepared = replace(work.prepared, spec=spec)
    seconds, trials = timed_search(prepared, Resources(workers=workers))
    if [trial.proposal.hyperparameters for trial in trials] != work.configurations:
        raise RuntimeError("the study trained another list of configurations")
    results = [trial.result for trial in trials if trial.result is not None]
    scores = [result.metrics["validation_accuracy"] for result in results]
    return Outcome(seconds=seconds, accuracies=scores)


CONTENDERS: dict[str, Callable[[Request], Outcome]] = {
    BASELINE: keras_tuner_loop,
    "grid_search": grid_search,
    "optuna": optuna_fit,
    "ours-1": partial(ours, workers=1),
    "ours-2": partial(ours, workers=2),
    "ours-2-bfloat16": partial(ours, workers=2, precision=BFLOAT16),
}

if __name__ == "__main__":
    app()
