"""Compares compiled epochs with Keras' own ``steps_per_execution``.

    python performance/steps_per_execution.py --cases digits,mnist --repeats 5

A compiled epoch of this toolkit trains all batches of an epoch in one call. Keras does
the same for N batches after ``model.compile(steps_per_execution=N)`` and ``model.fit``:

- ``ours``: The compiled epoch, as a trial uses it.
- ``fit-1``, ``fit-8``, ``fit-32``: ``fit`` with 1, 8 or 32 batches per call.
- ``fit-epoch``: ``fit`` with all batches of an epoch in one call.

The comparison is meant to be fair in these respects:

- All contenders train the same model, the default configuration of the case's family in
  ``spaces.py``, on the same images, with the same batch size, loss, metric, optimizer
  and constant learning rate. All shuffle the images in every epoch, in different
  orders. There is no validation and no callback.
- They take turns in one process, and each round starts with another contender. Every
  turn builds a fresh model, traces it and trains it; nothing is reused between turns.
- TensorFlow uses one thread within and one between operations. ``fit`` prepares batches
  by ``tf.data``, which has threads beside these; ``CPU s an epoch`` counts all threads.
- ``fit`` gets the images as arrays, its usual input, and trains all epochs of a turn in
  one call, so that building its data pipeline counts once per turn. Keras starts the
  pipeline anew in every epoch.
- TensorFlow's graph optimizer is off for all, as in our workers;
  ``--graph-optimizer`` leaves it on for all, as Keras does by default.

``tracing s`` is the time of a model's first call, on one full batch and, where the last
batch of an epoch is smaller, on another one of its size, so that ``fit`` isn't traced
again for its shape. ``ours`` includes tracing its prediction pass and copying the
images; ``fit`` copies them at each call. ``next tracing s`` is the same for another
model of the same structure, such as that of the next trial: ``ours`` uses its compiled
epoch again, and ``fit`` traces each model. ``accuracy`` is the training accuracy of the
last epoch; it shows that all contenders trained the same.

The cases are digits, MNIST and CIFAR-10. Where MNIST or CIFAR-10 is not in the data
folder (``BENCH_DATA``), random images of the same size take its place.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import chosen, write
from epoch_contenders import CONTENDERS, Contender

from bench import datasets

if TYPE_CHECKING:  # this imports Keras
    from spaces import Workload

CASES = ("digits", "mnist", "cifar10")
BASELINE = "fit-1"
"""The contender that all others are compared with."""

SYNTHETIC = {"mnist": (60_000, 28, 28), "cifar10": (50_000, 32, 32, 3)}
"""Shape of the training images that random images stand in for."""

SYNTHETIC_TEST = 100
"""Number of random test images, which no contender uses."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Measurements of one turn of a contender.

    Attributes:
        tracing: Seconds of the first call of a model.
        next_tracing: Seconds of the first call of another model of the same structure.
        seconds: Wall-clock seconds of an epoch, without tracing.
        cpu_seconds: Processor time of an epoch, that of all threads.
        accuracy: Training accuracy in the last epoch.
    """

    tracing: float
    next_tracing: float
    seconds: float
    cpu_seconds: float
    accuracy: float


def take_turn(contender: Contender, epochs: int, seed: int) -> Turn:
    """Let a contender trace and train a fresh model, and then trace another one."""
    contender.build(seed)
    tracing = _seconds(contender.trace)
    started, cpu_started = time.perf_counter(), time.process_time()
    accuracy = contender.train(epochs)
    seconds = time.perf_counter() - started
    cpu_seconds = time.process_time() - cpu_started
    contender.build(seed + 1)
    return Turn(
        tracing=tracing,
        next_tracing=_seconds(contender.trace),
        seconds=seconds / epochs,
        cpu_seconds=cpu_seconds / epochs,
        accuracy=accuracy,
    )


def _seconds(function: Callable[[], None]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def measure_case(
    work: Workload, names: list[str], repeats: int, epochs: int, seed: int
) -> dict[str, list[Turn]]:
    """Let contenders take turns; the turns of each contender by its name."""
    turns: dict[str, list[Turn]] = {name: [] for name in names}
    # The first training in a process starts TensorFlow; no turn should include that.
    warm_up = CONTENDERS[BASELINE](work, epochs)
    warm_up.build(seed)
    warm_up.trace()
    for repeat in range(repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            turn = take_turn(CONTENDERS[name](work, epochs), epochs, seed)
            turns[name].append(turn)
            gc.collect()
            typer.echo(f"{name} {turn.seconds:.3f} s an epoch")
    return turns


def load_case(
    case: str, images: int | None, seed: int, folder: Path
) -> tuple[Workload, bool]:
    """The images of a case, and whether random images take their place.

    Args:
        case: Name in ``CASES``.
        images: Maximum number of images; None for the case's number.
        seed: Seed of the split and of random images.
        folder: Folder for random images.
    """
    from spaces import CASES as DEFAULTS
    from spaces import Workload

    is_synthetic = not datasets.is_present(case, datasets.data_folder(None))
    if is_synthetic:
        count, *shape = SYNTHETIC[case]
        count = min(count, images or DEFAULTS[case].images or count)
        _write_random_images(folder / f"{case}.npz", count, shape, seed)
    data = folder if is_synthetic else None
    return Workload(case, trials=1, images=images, seed=seed, data=data), is_synthetic


def _write_random_images(path: Path, train: int, shape: list[int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    arrays = {}
    for split, count in (("train", train), ("test", SYNTHETIC_TEST)):
        arrays[f"x_{split}"] = generator.integers(
            256, size=(count, *shape), dtype=np.uint8
        )
        arrays[f"y_{split}"] = np.arange(count) % 10
    np.savez(path, **arrays)


def _row(turns: list[Turn], baseline: list[Turn] | None, images: int) -> dict[str, Any]:
    """Medians over the turns, and ranges of the times."""
    seconds = median(turn.seconds for turn in turns)
    ratio = baseline and median(turn.seconds for turn in baseline) / seconds
    return {
        "s an epoch": round(seconds, 4),
        "range": _range([turn.seconds for turn in turns]),
        "images a s": round(images / seconds),
        "CPU s an epoch": round(median(turn.cpu_seconds for turn in turns), 4),
        "tracing s": round(median(turn.tracing for turn in turns), 2),
        "tracing range": _range([turn.tracing for turn in turns]),
        "next tracing s": round(median(turn.next_tracing for turn in turns), 2),
        "accuracy": round(median(turn.accuracy for turn in turns), 4),
        "times as fast": ratio and round(ratio, 2),
    }


def _range(values: list[float]) -> str:
    return f"{min(values):.3f}–{max(values):.3f}"


def start_backend(graph_optimizer: bool) -> None:
    """Start TensorFlow as our workers do, on one thread."""
    from bench.training import backend

    backend.start("tensorflow", one_thread=True)
    backend.settle("tensorflow", 0)
    if graph_optimizer:
        import tensorflow

        tensorflow.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": False}
        )


def main(
    cases: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(CASES),
    contenders: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(
        CONTENDERS
    ),
    repeats: Annotated[int, typer.Option(help="Turns of each.", min=1)] = 3,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs of a turn; else the case's.", min=1)
    ] = None,
    images: Annotated[
        int | None, typer.Option(help="Images to train and validate on.", min=100)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of split and trainings.")] = 0,
    graph_optimizer: Annotated[
        bool, typer.Option("--graph-optimizer", help="Leave it on, for all.")
    ] = False,
) -> None:
    """Measure contenders in turns; print and write a table."""
    start_backend(graph_optimizer)
    names, rows = chosen(contenders, CONTENDERS), []
    for case in chosen(cases, CASES):
        with tempfile.TemporaryDirectory() as folder:
            work, is_synthetic = load_case(case, images, seed, Path(folder))
        case_epochs = epochs or work.options["epochs"]
        turns = measure_case(work, names, repeats, case_epochs, seed)
        common = {
            "case": f"{case}, random images" if is_synthetic else case,
            "images": len(work.train),
            "epochs": case_epochs,
        }
        for name in names:
            row = _row(turns[name], turns.get(BASELINE), len(work.train))
            rows.append({**common, "contender": name, **row})
    note = f"one thread, seed {seed}, medians of {repeats} turns"
    note += ", graph optimizer on" if graph_optimizer else ""
    typer.echo(write("steps_per_execution", rows, note))


if __name__ == "__main__":
    typer.run(main)
