"""Compares the costs of a cross-validated grid search here and in scikit-learn.

    python performance/folds.py --dataset digits --epochs 10
    python performance/folds.py --dataset fashion_mnist --images 10000 --epochs 10

The search is a classic: the family ``dense`` over dropout and kernel initializer. Each
candidate is trained on the same three stratified folds, for the same number of epochs,
at the same batch size and at a constant learning rate.

- ``scikeras``: scikit-learn's GridSearchCV with scikeras' KerasClassifier and the
  family's ``build``, one fit after the other, without a final refit. TensorFlow uses
  all cores, which is its default.
- ``scikeras-2``: The same with ``n_jobs=2``: two processes that each import TensorFlow.
- ``ours``: ``search --tuner sklearn-grid`` with one worker per core, including the
  store and all records of its trials. Reference classifiers and final trainings are
  left out.

Each contender has a process of its own. ``seconds`` starts when the first fit could
start, with packages imported and images in memory, and ends with the last fit;
``with start-up`` counts the whole process. ``mean`` and ``deviation`` are those of the
best candidate over its folds. ``best of the first`` is this contender's mean for the
best candidate of the first contender; it shows that all contenders searched the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import Measured, chosen, measure_contender, write

if TYPE_CHECKING:
    import keras

    from bench.study.prepare import PreparedStudy

SEARCHED = ("dropout", "kernel_initializer")
FOLDS = 3
CONTENDERS = ("scikeras", "scikeras-2", "ours")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Request:
    """The search of one contender, run in a process of its own."""

    contender: str
    dataset: str
    images: int | None
    epochs: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of a search.

    Attributes:
        seconds: Wall-clock seconds of the search.
        scores: Mean and standard deviation of each candidate's accuracy over the
            folds, by the candidate's name.
    """

    seconds: float
    scores: dict[str, tuple[float, float]]

    @property
    def best(self) -> str:
        return max(self.scores, key=lambda name: self.scores[name][0])


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    dataset: Annotated[str, typer.Option(help="As in search.")] = "digits",
    images: Annotated[int | None, typer.Option(help="As in search.")] = None,
    epochs: Annotated[int, typer.Option(help="Epochs of every fit.", min=1)] = 10,
    contenders: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(
        CONTENDERS
    ),
    seed: Annotated[
        int, typer.Option(help="Seed of the splits, the folds and the trainings.")
    ] = 0,
) -> None:
    """Measure contenders on the same candidates and folds; print and write a table."""
    if context.invoked_subcommand is not None:
        return
    measurements = {}
    for name in chosen(contenders, CONTENDERS):
        request = Request(
            contender=name, dataset=dataset, images=images, epochs=epochs, seed=seed
        )
        costs, values = measure_contender(__file__, asdict(request))
        measurements[name] = costs, Outcome(**values)
        typer.echo(f"{name} {values['seconds']:.2f} s, {costs}")
    first = next(iter(measurements.values()))
    rows = [
        {"contender": name} | _row(measured, first)
        for name, measured in measurements.items()
    ]
    count = len(first[1].scores)
    note = (
        f"{dataset}, {count} candidates on {FOLDS} folds, {epochs} epochs, seed {seed}"
    )
    typer.echo(write("folds", rows, note))


def _row(
    measured: tuple[Measured, Outcome], first: tuple[Measured, Outcome]
) -> dict[str, Any]:
    costs, outcome = measured
    mean, deviation = outcome.scores[outcome.best]
    return {
        "seconds": round(outcome.seconds, 2),
        "with start-up": round(costs.seconds, 2),
        "CPU seconds": round(costs.cpu_seconds, 1),
        "peak MiB": round(costs.peak_mib),
        "best": outcome.best,
        "mean": round(mean, 4),
        "deviation": round(deviation, 4),
        "best of the first": round(outcome.scores[first[1].best][0], 4),
        "times as fast": round(first[1].seconds / outcome.seconds, 2),
        "start-up included": round(first[0].seconds / costs.seconds, 2),
    }


# In a contender's process ---------------------------------------------------


@app.command(hidden=True)
def contend(request: str, path: Path) -> None:
    values = Request(**json.loads(request))
    outcome = ours(values) if values.contender == "ours" else scikeras(values)
    path.write_text(json.dumps(asdict(outcome)))


def prepare_study(request: Request) -> PreparedStudy:
    from bench.training import backend

    backend.start("tensorflow")  # before Keras is imported, as in the command line
    from bench import datasets
    from bench.study import requests
    from bench.study.prepare import prepare

    options = {
        "dataset": request.dataset,
        "images": request.images,
        "epochs": request.epochs,
        "tuner": "sklearn-grid",
        "folds": FOLDS,
        "only": SEARCHED,
        "fix": ["schedule=constant"],  # the default of `fit`
        "seed": request.seed,
    }
    search = requests.request(["dense"], options)
    (spec,) = search.specs
    return prepare(spec, datasets.load_for(spec, search.source))


def scikeras(request: Request) -> Outcome:
    import keras
    from sklearn.model_selection import GridSearchCV

    from bench.datasets.folds import pooled
    from bench.searchers import param_grid

    prepared = prepare_study(request)
    assert prepared.folds is not None
    pool = pooled(prepared.task).train
    search = GridSearchCV(
        _classifier(prepared),
        param_grid.grids(prepared.problem.space),
        cv=prepared.folds.splitter,
        refit=False,
        error_score="raise",
        n_jobs=2 if request.contender == "scikeras-2" else None,
    )
    keras.utils.set_random_seed(request.seed)
    started = time.perf_counter()
    search.fit(pool.images, pool.labels)
    seconds = time.perf_counter() - started
    results = search.cv_results_
    return Outcome(
        seconds=seconds,
        scores={
            candidate_name(values): (mean, deviation)
            for values, mean, deviation in zip(
                results["params"],
                results["mean_test_score"].tolist(),
                results["std_test_score"].tolist(),
                strict=True,
            )
        },
    )


def _classifier(prepared: PreparedStudy) -> Any:
    """The study's family as a classifier of scikeras."""
    import keras
    from scikeras.wrappers import KerasClassifier

    from bench.searchers import space as search_space
    from bench.training import models

    space, source = prepared.problem.space, prepared.source
    defaults = {entry.name: entry.default for entry in space.space}

    def build(dropout: float, kernel_initializer: str) -> keras.Model:
        keras.backend.clear_session()
        values = {"dropout": dropout, "kernel_initializer": kernel_initializer}
        active = search_space.active(space, values)
        return source.hypermodel.build(models.configured(active))

    return KerasClassifier(
        build,
        epochs=prepared.spec.budget.epochs,
        batch_size=defaults["batch_size"],
        verbose=0,
        **dict.fromkeys(SEARCHED),
    )


def ours(request: Request) -> Outcome:
    prepared = prepare_study(request)
    from search_only import timed_search

    from bench.records import Resources

    seconds, trials = timed_search(prepared, Resources())
    scores: dict[str, list[float]] = {}
    for trial in trials:
        assert trial.result is not None
        name = candidate_name(trial.proposal.hyperparameters)
        score = trial.result.metrics["validation_accuracy"]
        scores.setdefault(name, []).append(score)
    return Outcome(
        seconds=seconds,
        scores={
            name: (float(np.mean(folds)), float(np.std(folds)))
            for name, folds in scores.items()
        },
    )


def candidate_name(values: Mapping[str, Any]) -> str:
    return " ".join(f"{values[name]}" for name in SEARCHED)


if __name__ == "__main__":
    app()
