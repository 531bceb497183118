"""Measures what a recipe of training changes, by paired trainings over seeds.

    python performance/ablation.py train "smoothing 0.1" --families lenet,cnn,resnet
    python performance/ablation.py table

A recipe is some values of hyperparameters. It is trained on each family and data set
with each seed, and so is the family's default configuration with the same seeds and for
the same number of epochs: as a final training of a study, which keeps the best epoch by
validation, and is tested once. ``train`` writes a line to ``out/ablation_runs.csv``
after each training, and goes on where it was ended. ``table`` prints the mean
difference of the accuracies in the test, in percentage points, with its 95% interval by
Student's t over the seeds; ``table --against constant`` compares with another recipe.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from common import OUT, chosen, write
from scipy.stats import t

DEFAULT = "default"

RECIPES: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "smoothing 0.1": {"label_smoothing": 0.1},
    "rate 0.001": {"learning_rate": 1e-3},
    "rate 0.003": {"learning_rate": 3e-3},
    "sgd 0.03": {"optimizer": "sgd", "sgd_learning_rate": 0.03},
    "sgd 0.3": {"optimizer": "sgd", "sgd_learning_rate": 0.3},
    "constant": {"schedule": "constant"},
    "constant without averages": {"schedule": "constant", "averaging": 0.0},
    "filters 32": {"filters": 32},
    "decay 0.005": {"weight_decay": 5e-3},
    "light": {"augmentation": "light"},
}
"""Values that differ from a family's defaults."""

RUNS = OUT / "ablation_runs.csv"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A training of the ablation, apart from its seed."""

    family: str
    dataset: str
    images: int
    side: int
    epochs: int
    recipe: str


@dataclass(frozen=True, kw_only=True)
class Run(Case):
    """A training and what came of it."""

    seed: int
    accuracy: float
    log_loss: float
    best_epoch: int
    seconds: float


@app.command()
def train(
    recipes: Annotated[str, typer.Argument(help="Comma-separated.")],
    families: Annotated[str, typer.Option(help="Comma-separated.")] = "lenet,resnet",
    datasets: Annotated[
        str, typer.Option(help="Comma-separated, as in search.")
    ] = "fashion_mnist,cifar10",
    images: Annotated[int, typer.Option(help="As in search.", min=100)] = 4000,
    side: Annotated[int, typer.Option(help="Height and width of the images.")] = 32,
    epochs: Annotated[int, typer.Option(help="Of each training.", min=1)] = 10,
    seeds: Annotated[int, typer.Option(help="Number of seeds.", min=2)] = 5,
) -> None:
    """Train the recipes and the defaults beside them."""
    from bench.training import backend

    backend.start("tensorflow", one_thread=True)
    backend.settle("tensorflow", 0)
    names = [DEFAULT, *chosen(recipes, [each for each in RECIPES if each != DEFAULT])]
    for dataset in datasets.split(","):
        for family in families.split(","):
            trainer = _Trainer(family, dataset, images, side)
            for seed in range(seeds):
                for name in names:
                    case = Case(
                        family=family,
                        dataset=Path(dataset).name,
                        images=images,
                        side=side,
                        epochs=epochs,
                        recipe=name,
                    )
                    if not _is_known(case, seed):
                        run = trainer(case, seed)
                        _append(run)
                        typer.echo(run)


@app.command()
def table(
    against: Annotated[str, typer.Option(help="The recipe to compare with.")] = DEFAULT,
) -> None:
    """Print and write the differences from one recipe."""
    chosen(against, RECIPES)
    runs: dict[Case, dict[int, Run]] = defaultdict(dict)
    for run in _runs():
        values = asdict(run)
        case = Case(**{field.name: values[field.name] for field in fields(Case)})
        runs[case][run.seed] = run
    rows = [
        _row(case, runs[case], runs[replace(case, recipe=against)])
        for case in sorted(runs, key=lambda c: (c.recipe, c.family, c.dataset))
        if case.recipe != against and replace(case, recipe=against) in runs
    ]
    write("ablation", rows, f"test, recipe minus {against}, paired by seed")


class _Trainer:
    """Trains configurations of one family on one data set."""

    def __init__(self, family: str, dataset: str, images: int, side: int) -> None:
        from search_only import prepare_study

        from bench.records import Budget
        from bench.training.trial_runner import TrialRunner

        prepared = prepare_study(
            family=family,
            dataset=dataset,
            images=images,
            image_size=(side, side),
            validation_fraction=0.25,
            tuner="random",
            budget=Budget(trials=1, epochs=1),
        )
        self._space = prepared.problem.space
        cache = Path(tempfile.gettempdir())
        self._run = TrialRunner(prepared.source, prepared.task, cache)

    def __call__(self, case: Case, seed: int) -> Run:
        from bench.searchers import space
        from bench.training.request import FinalRequest

        request = FinalRequest(
            hyperparameters=space.active(self._space, RECIPES[case.recipe]),
            seed=seed,
            epochs=case.epochs,
            patience=case.epochs,
        )
        record = self._run(request, lambda epoch: True).record
        return Run(
            **asdict(case),
            seed=seed,
            accuracy=round(record.metrics["test_accuracy"], 5),
            log_loss=round(record.metrics["test_log_loss"], 5),
            best_epoch=record.best_epoch,
            seconds=round(record.seconds, 1),
        )


def _row(
    case: Case, runs: Mapping[int, Run], others: Mapping[int, Run]
) -> dict[str, Any]:
    seeds = sorted(runs.keys() & others.keys())
    differences = [100 * (runs[s].accuracy - others[s].accuracy) for s in seeds]
    losses = [runs[s].log_loss - others[s].log_loss for s in seeds]
    return {
        "recipe": case.recipe,
        "family": case.family,
        "data set": case.dataset,
        "images": case.images,
        "side": case.side,
        "epochs": case.epochs,
        "seeds": len(seeds),
        "without": round(100 * float(np.mean([others[s].accuracy for s in seeds])), 2),
        "difference": round(float(np.mean(differences)), 2),
        "± 95%": _half_width(differences),
        "log loss": round(float(np.mean(losses)), 3),
    }


def _half_width(values: Sequence[float]) -> float | None:
    """Half of the 95% interval of a mean by Student's t; None for a single value."""
    if len(values) < 2:
        return None
    deviation = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return round(float(t.ppf(0.975, len(values) - 1)) * deviation, 2)


def _runs() -> Iterator[Run]:
    if not RUNS.exists():
        return
    kinds = {"int": int, "float": float, "str": str}
    with RUNS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield Run(**{f.name: kinds[str(f.type)](row[f.name]) for f in fields(Run)})


def _is_known(case: Case, seed: int) -> bool:
    return any(
        run.seed == seed and asdict(case).items() <= asdict(run).items()
        for run in _runs()
    )


def _append(run: Run) -> None:
    OUT.mkdir(exist_ok=True)
    is_new = not RUNS.exists()
    with RUNS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Run)])
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(run))


if __name__ == "__main__":
    app()
