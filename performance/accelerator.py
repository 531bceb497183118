"""Measures epochs and searches on an accelerator, on Keras' backend JAX.

    python performance/accelerator.py --parts epochs,search --epochs 10

- ``epochs``: Seconds of the epochs of one model. ``ours`` is the compiled epoch of this
  toolkit, which keeps the images in the accelerator's memory; ``fit-1`` and ``fit-32``
  are Keras' own ``fit`` with ``steps_per_execution`` 1 and 32, which sends each batch
  there. Both run under XLA, which is what ``jit_compile="auto"`` means on JAX. ``bf16``
  computes in bfloat16. All train the default configuration of a family of this toolkit,
  augmentation included, on the same images, at its batch size, without validation.
  Each builds one model and trains it without a pause; ``first s`` is the first epoch,
  in which JAX traces and compiles, and the other columns are of the epochs after it.
  ``ours`` follows the family's learning rates, ``fit`` a constant one.
- ``search``: Seconds of a random search of ``lenet`` on MNIST, without final trainings,
  by number of workers on the same accelerator; 0 workers train in the study's own
  process. The other columns add up the seconds of all trials: ``building s`` makes the
  models and prepares their compiled epochs, ``first epochs s`` is each trial's first
  epoch, in which JAX traces and compiles, and ``later epochs s`` are all others.

MNIST and CIFAR-10 are read from the data folder (``BENCH_DATA``). This toolkit makes
XLA deterministic, for ``fit`` too; ``XLA_FLAGS=--xla_gpu_deterministic_ops=false``
measures without that.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from common import chosen, write
from search_only import prepare_study, searched

from bench.records import BFLOAT16, FLOAT32, Budget, Resources, Role
from bench.store import Store

if TYPE_CHECKING:  # these import Keras
    import keras

    from bench.study.prepare import PreparedStudy

BACKEND = "jax"

Rows = list[dict[str, Any]]
"""Rows of a table."""


# Epochs --------------------------------------------------------------------


class Case(NamedTuple):
    """A family that is trained on a data set with batches of one size."""

    family: str
    dataset: str
    batch_size: int


CASES = {
    "lenet-128": Case("lenet", "mnist", 128),
    "resnet-128": Case("resnet", "cifar10", 128),
    "resnet-512": Case("resnet", "cifar10", 512),
}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A fresh model, and how it is trained.

    Attributes:
        prepared: Holds the images.
        model: Of the family's default configuration.
        hp: Its hyperparameters.
        batch_size: Number of images in a batch.
        epochs: Number of epochs to train.
        seed: Of the order of the images.
    """

    prepared: PreparedStudy
    model: keras.Model
    hp: Any
    batch_size: int
    epochs: int
    seed: int


def set_up(prepared: PreparedStudy, case: Case, precision: str, seed: int) -> Setup:
    """Build a model of a case in a precision."""
    from bench.searchers.space import discover
    from bench.training import models

    source = prepared.source
    values = discover(source.hypermodel).values
    model, hp = models.build(replace(source, precision=precision), values, seed)
    hp.values["batch_size"] = case.batch_size
    return Setup(
        prepared=prepared,
        model=model,
        hp=hp,
        batch_size=case.batch_size,
        epochs=prepared.spec.budget.epochs,
        seed=seed,
    )


def ours(setup: Setup) -> list[float]:
    """Seconds of each compiled epoch."""
    from bench.datasets.folds import SingleSplit
    from bench.training.epochs import EpochLoop
    from bench.training.evaluators.evaluator import EvaluatorConfig
    from bench.training.inputs import InputCache

    task = setup.prepared.task
    splits = SingleSplit(task)
    inputs = InputCache(task, EvaluatorConfig(), splits).images
    loop = EpochLoop(
        source=setup.prepared.source,
        hp=setup.hp,
        inputs=inputs,
        compiled=inputs.compiled.take(setup.model),
        indices=splits.indices(None),
        seed=setup.seed,
        full_epochs=setup.epochs,
    )
    times = [time.perf_counter()]
    for _ in itertools.islice(loop.run(), setup.epochs):
        times.append(time.perf_counter())
    return _differences(times)


def fit(setup: Setup, steps: int) -> list[float]:
    """Seconds of each epoch of ``fit``, with so many batches per execution."""
    import keras

    model, train = setup.model, setup.prepared.task.train
    model.compile(
        optimizer=model.optimizer,
        loss=model.loss,
        metrics=["accuracy"],
        steps_per_execution=steps,
    )
    times = [time.perf_counter()]
    ended = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: times.append(time.perf_counter())
    )
    model.fit(
        train.images,
        train.labels,
        batch_size=setup.batch_size,
        epochs=setup.epochs,
        verbose=0,
        callbacks=[ended],
    )
    return _differences(times)


class Contender(NamedTuple):
    """A way to train, in a precision."""

    train: Callable[[Setup], list[float]]
    precision: str = FLOAT32


CONTENDERS = {
    "ours": Contender(ours),
    "ours-bf16": Contender(ours, BFLOAT16),
    "fit-1": Contender(lambda setup: fit(setup, 1)),
    "fit-32": Contender(lambda setup: fit(setup, 32)),
    "fit-1-bf16": Contender(lambda setup: fit(setup, 1), BFLOAT16),
}
"""Returns the seconds of each epoch."""


def measure_epochs(cases: list[str], names: list[str], epochs: int, seed: int) -> Rows:
    """A row for each case and contender."""
    rows = []
    for case in cases:
        prepared = prepare_study(
            family=CASES[case].family,
            dataset=CASES[case].dataset,
            tuner="random",
            budget=Budget(trials=1, epochs=epochs + 1),
            seed=seed,
        )
        images = len(prepared.task.train)
        for name in names:
            contender = CONTENDERS[name]
            setup = set_up(prepared, CASES[case], contender.precision, seed)
            first, *later = contender.train(setup)
            row = {
                "case": case,
                "contender": name,
                "images": images,
                "s an epoch": round(median(later), 4),
                "range": f"{min(later):.4f}–{max(later):.4f}",
                "images a s": round(images / median(later)),
                "first s": round(first, 2),
            }
            typer.echo(str(row))
            rows.append(row)
    return rows


def _differences(times: list[float]) -> list[float]:
    return [end - start for start, end in itertools.pairwise(times)]


# Searches ------------------------------------------------------------------


def measure_searches(workers: list[int], trials: int, seed: int) -> Rows:
    """A row for each number of workers."""
    rows = []
    for count in workers:
        prepared = prepare_study(
            family="lenet",
            dataset="mnist",
            tuner="random",
            budget=Budget(trials=trials, epochs=3),
            backend=BACKEND,
            seed=seed,
        )
        with searched(prepared, Resources(workers=count)) as (seconds, store):
            row = {"workers": count, "seconds": round(seconds, 1)}
            row |= stages(store, prepared.id)
        typer.echo(str(row))
        rows.append(row)
    return rows


def stages(store: Store, study: str) -> dict[str, Any]:
    """Seconds of the trials of a study, by what they were spent on."""
    results = {t.number: t.result for t in store.trials(study) if t.result is not None}
    epochs = [
        [epoch.seconds for epoch in store.epochs(study, Role.TRIAL, number)]
        for number in results
    ]
    building = [
        result.stage_seconds.get(stage, 0.0)
        for result in results.values()
        for stage in ("build", "tracing")
    ]
    return {
        "trials": len(results),
        "building s": round(sum(building), 1),
        "first epochs s": round(sum(sum(each[:1]) for each in epochs), 1),
        "later epochs s": round(sum(sum(each[1:]) for each in epochs), 1),
    }


def device() -> str:
    """The accelerator that JAX uses, and JAX' version."""
    import jax

    return f"JAX {jax.__version__} on {jax.devices()[0].device_kind}"


def main(
    parts: Annotated[str, typer.Option(help="Comma-separated.")] = "epochs,search",
    cases: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(CASES),
    contenders: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(
        CONTENDERS
    ),
    epochs: Annotated[int, typer.Option(help="Epochs after the first.", min=1)] = 10,
    workers: Annotated[str, typer.Option(help="Comma-separated.")] = "0,1,2,4",
    trials: Annotated[int, typer.Option(help="Trials of a search.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
) -> None:
    """Measure epochs and searches; print and write a table of each."""
    from bench.training import backend

    backend.start(BACKEND)  # before Keras is imported, as in the command line
    done = chosen(parts, ("epochs", "search"))
    if "epochs" in done:
        names = chosen(cases, CASES), chosen(contenders, CONTENDERS)
        rows = measure_epochs(*names, epochs, seed)
        note = f"{device()}, medians of {epochs} epochs, seed {seed}"
        typer.echo(write("accelerator_epochs", rows, note))
    if "search" in done:
        rows = measure_searches([int(n) for n in workers.split(",")], trials, seed)
        note = f"{device()}, {trials} trials of 3 epochs, seed {seed}"
        typer.echo(write("accelerator_search", rows, note))


if __name__ == "__main__":
    typer.run(main)
