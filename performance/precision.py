"""Measures what bfloat16 saves, and whether it ranks configurations as float32 does.

    python performance/precision.py --dataset mnist
    python performance/precision.py --dataset cifar10 --parts ranks --configurations 20

- ``speed``: Steps per second of each family's default configuration in compiled
  epochs, without validation, on one thread as a worker has it. The precisions take
  turns, epoch by epoch, so that both meet the same load of the machine; ``gain`` is the
  median of the ratios of an epoch in float32 to the next one in bfloat16. The first
  epoch of both isn't counted.
- ``ranks``: Random configurations, each trained in float32, in bfloat16 with the same
  seed, and in float32 with another seed. ``rho`` is Spearman's rank correlation of the
  best validation accuracies with those of float32, and ``best third`` says how many of
  the best third in float32 are in the best third here. Two seeds in float32 agree as
  far as a ranking by one training can; ``difference`` is the mean of the accuracies
  less those of float32.

MNIST and CIFAR-10 are read from the data folder (``BENCH_DATA``).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import chosen, write
from scipy.stats import spearmanr
from search_only import prepare_study

from bench.records import BFLOAT16, FLOAT32, Budget

if TYPE_CHECKING:  # these import Keras
    from bench.study.prepare import PreparedStudy
    from bench.training.inputs import Inputs

FAMILIES = "dense,lenet,simple_cnn,cnn,vgg,resnet"

OTHER_SEED = "float32, other seed"

Rows = list[dict[str, Any]]
"""Rows of a table."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    parts: Annotated[str, typer.Option(help="Comma-separated.")] = "speed,ranks",
    families: Annotated[str, typer.Option(help="Comma-separated.")] = FAMILIES,
    dataset: Annotated[str, typer.Option(help="As in search.")] = "mnist",
    images: Annotated[int | None, typer.Option(help="As in search.")] = 4000,
    rounds: Annotated[int, typer.Option(help="Epochs of both precisions.", min=1)] = 5,
    configurations: Annotated[int, typer.Option(help="Of each family.", min=3)] = 12,
    epochs: Annotated[int, typer.Option(help="Of every configuration.", min=1)] = 5,
    threads: Annotated[int, typer.Option(help="Of an operation.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Seed of splits and trainings.")] = 0,
) -> None:
    """Time both precisions, and compare the rankings of random configurations."""
    from bench.training import backend

    wanted = chosen(parts, ("speed", "ranks"))
    backend.start("tensorflow", one_thread=threads == 1)
    backend.settle("tensorflow", 0, threads)
    prepared = [
        prepare_study(
            family=family,
            dataset=dataset,
            images=images,
            tuner="random",
            budget=Budget(trials=configurations, epochs=epochs, patience=epochs),
            seed=seed,
        )
        for family in families.split(",")
    ]
    note = f"{dataset}, {images} images, seed {seed}, threads {threads}"
    if "speed" in wanted:
        rows = [speed(each, rounds) for each in prepared]
        write(f"precision-speed-{dataset}", rows, f"{note}, {rounds} rounds")
    if "ranks" in wanted:
        rows = [row for each in prepared for row in ranks(each)]
        ranked = f"{configurations} configurations, {epochs} epochs"
        write(f"precision-ranks-{dataset}", rows, f"{note}, {ranked}")


# Speed ---------------------------------------------------------------------


def speed(prepared: PreparedStudy, rounds: int) -> dict[str, Any]:
    """Steps per second of the default configuration, in both precisions in turns."""
    from bench.datasets.folds import SingleSplit
    from bench.training.evaluators.evaluator import EvaluatorConfig
    from bench.training.inputs import InputCache

    task = prepared.task
    inputs = InputCache(task, EvaluatorConfig(), SingleSplit(task)).images
    trained = {p: _epochs(prepared, inputs, p) for p in (FLOAT32, BFLOAT16)}
    seconds: dict[str, list[float]] = {p: [] for p in trained}
    for _ in range(rounds + 1):
        for precision, epochs in trained.items():
            started = time.perf_counter()
            next(epochs)
            seconds[precision].append(time.perf_counter() - started)
    steps = -(-len(task.train) // prepared.problem.space.get("batch_size"))
    gains = [
        single / half
        for single, half in zip(*(times[1:] for times in seconds.values()), strict=True)
    ]
    return {
        "family": prepared.spec.family,
        **{f"{p} steps/s": round(steps / median(seconds[p][1:]), 1) for p in seconds},
        "gain": round(median(gains), 2),
        "lowest–highest": f"{min(gains):.2f}–{max(gains):.2f}",
    }


def _epochs(
    prepared: PreparedStudy, inputs: Inputs, precision: str
) -> Iterator[dict[str, float]]:
    """Endless compiled epochs of the default configuration."""
    from bench.datasets.folds import SingleSplit
    from bench.training import models
    from bench.training.epochs import EpochLoop

    source = replace(prepared.source, precision=precision)
    model, hp = models.build(source, prepared.problem.space.values, 0)
    loop = EpochLoop(
        source=source,
        hp=hp,
        inputs=inputs,
        compiled=inputs.compiled.take(model),
        indices=SingleSplit(prepared.task).indices(None),
        seed=0,
        full_epochs=10_000,
    )
    return loop.run()


# Ranks ---------------------------------------------------------------------


def ranks(prepared: PreparedStudy) -> Rows:
    """How bfloat16, and another seed, rank configurations that float32 ranks."""
    from bench.study.samples import random_sampler

    budget = prepared.spec.budget
    sampler = random_sampler(prepared, budget.trials)
    drawn = [sampler.ask(number) for number in range(budget.trials)]
    values = [proposal.hyperparameters for proposal in drawn if proposal is not None]
    scores = {
        FLOAT32: _scores(prepared, values, FLOAT32, seed=0),
        BFLOAT16: _scores(prepared, values, BFLOAT16, seed=0),
        OTHER_SEED: _scores(prepared, values, FLOAT32, seed=1),
    }
    expected = scores.pop(FLOAT32)
    return [
        {"family": prepared.spec.family, "trained in": name}
        | _agreement(expected, found)
        for name, found in scores.items()
    ]


def _scores(
    prepared: PreparedStudy,
    configurations: Sequence[Any],
    precision: str,
    seed: int,
) -> np.ndarray:
    """The best validation accuracy of each configuration."""
    from bench.training.request import TrialRequest
    from bench.training.trial_runner import TrialRunner

    budget = prepared.spec.budget
    source = replace(prepared.source, precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        runner = TrialRunner(source, prepared.task, Path(folder))
        requests = [
            TrialRequest(
                hyperparameters=values,
                seed=1000 * seed + number,
                epochs=budget.epochs,
                full_epochs=budget.epochs,
                patience=budget.patience,
            )
            for number, values in enumerate(configurations)
        ]
        results = [runner(request, lambda _: True) for request in requests]
    return np.array(
        [result.metrics.get("validation_accuracy", 0.0) for result in results]
    )


def _agreement(expected: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    third = len(expected) // 3
    best, here = (
        set(np.argsort(-scores, kind="stable")[:third]) for scores in (expected, found)
    )
    return {
        "configurations": len(expected),
        "rho": round(float(spearmanr(expected, found).statistic), 3),
        "best third": f"{len(best & here)} of {third}",
        "best": round(float(found.max()), 4),
        "difference": f"{float(np.mean(found - expected)):+.4f}",
    }


if __name__ == "__main__":
    app()
