"""Measures images that are streamed beside the same images in memory.

    python -m bench shard folder:PHOTOS --to SHARDS
    python performance/streaming.py SHARDS --images 20000 --repeats 3

Three tables:

- ``streaming-decoding``: images that are decoded a second, on one thread and on one for
  each core, without training. JPEG files of 64 pixels cost Pillow's overhead more than
  their pixels; larger ones cost their pixels.
- ``streaming-epochs``: images that one thread trains on a second, in memory, streamed
  (decoded in every epoch on another thread), and kept (read from the file into which
  the first epoch decoded them). All three take turns in one process, and train the same
  model in the same order: ``loss`` is that of the last epoch and must be equal. ``of
  memory`` is the ratio of the medians; ``cores`` says on how many cores the two threads
  ran. A worker of a full pool has a single core for both, which core-seconds show: they
  count training and decoding, and change little where a machine does other work too.
- ``streaming-memory`` (with ``--search``): the peak memory of a search with a limit,
  and of the same search on digits, whose images take 115 KB: the difference is what
  the images take beside the programs that any search keeps.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from common import ENVIRONMENT, measure, write

from bench import datasets
from bench.datasets.streamed import PixelFile, Room, StreamedImages, as_array

if TYPE_CHECKING:
    from bench.datasets import Task

BATCH = 64
DECODED = 4000
EPOCHS = 2


def main(
    shards: Annotated[Path, typer.Argument(help="Folder of shards.")],
    images: Annotated[int, typer.Option(help="Images that train.")] = 20_000,
    repeats: Annotated[int, typer.Option(help="Turns of each contender.")] = 3,
    family: Annotated[str, typer.Option(help="The family that trains.")] = "cnn",
    search: Annotated[bool, typer.Option(help="Measure a search too.")] = False,
    memory: Annotated[str, typer.Option(help="Of the search.")] = "1G",
) -> None:
    """Measure decoding, epochs and, if asked for, the memory of a search."""
    os.environ |= ENVIRONMENT
    task = _load(shards, images)
    write("streaming-decoding", _decoding(task), f"{shards.name}, n={DECODED}")
    note = f"{family}, {len(task.train):,} images, batch {BATCH}, {repeats} turns"
    write("streaming-epochs", _epochs(task, family, repeats), note)
    if search:
        rows = _searches(shards, memory)
        write(
            "streaming-memory", rows, f"linear, 2 trials x 1 epoch, --memory {memory}"
        )


def _load(shards: Path, images: int) -> Task:
    return datasets.load(
        datasets.DataSetRequest(
            dataset=f"shards:{shards}",
            validation_fraction=0.1,
            test_fraction=0.1,
            images=images,
            room=Room(streams=True),
        )
    )


def _streamed(task: Task) -> StreamedImages:
    assert isinstance(task.train.images, StreamedImages)
    return task.train.images


def _decoding(task: Task) -> list[dict[str, Any]]:
    images = _streamed(task)
    some = np.arange(min(DECODED, len(images)))
    images[some]  # the files are in the system's cache
    rows = []
    for threads in sorted({1, len(os.sched_getaffinity(0))}):
        chosen = replace(images, threads=threads)
        started = _Clock()
        chosen[some]
        seconds, core_seconds = started.passed()
        rows.append(
            {
                "threads": threads,
                "images a second": round(len(some) / seconds),
                "images a core-second": round(len(some) / core_seconds),
            }
        )
    return rows


class _Clock:
    """Seconds, and core-seconds of all threads, since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def passed(self) -> tuple[float, float]:
        wall, cores = self._began
        return time.perf_counter() - wall, time.process_time() - cores


def _epochs(task: Task, family: str, repeats: int) -> list[dict[str, Any]]:
    from bench.training import backend

    backend.start("tensorflow", one_thread=True)
    with tempfile.TemporaryDirectory() as folder:
        contenders = _contenders(task, Path(folder))
        losses: dict[str, float] = {}
        rates: dict[str, list[tuple[float, float]]] = {n: [] for n in contenders}
        for turn in range(repeats):
            names = list(contenders)
            for name in names[turn % 3 :] + names[: turn % 3]:
                rate, losses[name] = _turn(contenders[name], family)
                rates[name].append(rate)
    wall = {name: median(r for r, _ in turns) for name, turns in rates.items()}
    core = {name: median(r for _, r in turns) for name, turns in rates.items()}
    return [
        {
            "images": name,
            "images a second": round(wall[name]),
            "of memory": round(wall[name] / wall["memory"], 3),
            "a core-second": round(core[name]),
            "of memory, core-seconds": round(core[name] / core["memory"], 3),
            "loss": losses[name],
            "cores": len(os.sched_getaffinity(0)),
        }
        for name in contenders
    ]


def _contenders(task: Task, folder: Path) -> dict[str, Task]:
    """The task with its images in memory, streamed, and kept in a file."""

    def with_images(images: Any) -> Task:
        train = replace(task.train, images=images)
        return replace(task, train=train, validation=train)

    images = _streamed(task)
    file = PixelFile.create(folder / "pixels", len(images.encoded))
    kept = replace(images, kept=file)
    kept[:]
    return {
        "memory": with_images(images[:]),
        "streamed": with_images(images),
        "kept": with_images(as_array(kept)),
    }


def _turn(task: Task, family: str) -> tuple[tuple[float, float], float]:
    """Images a second and a core-second, after the first epoch, and the last loss."""
    import keras
    import keras_tuner

    from bench.datasets import SingleSplit
    from bench.training import hypermodel
    from bench.training.evaluators.evaluator import EvaluatorConfig
    from bench.training.inputs import Inputs
    from bench.training.trial_runner import image_task

    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    inputs = Inputs.of(task, EvaluatorConfig())
    source = hypermodel.load(family, image_task(task), {})
    model = source.hypermodel.build(keras_tuner.HyperParameters())
    compiled = inputs.compiled.take(model)
    indices = SingleSplit(task).indices(None)
    for epoch in range(EPOCHS + 1):
        if epoch == 1:
            started = _Clock()
        order = inputs.order(indices, 0, epoch)
        metrics = compiled.train_epoch(order, None, BATCH)
    seconds, core_seconds = started.passed()
    count = EPOCHS * len(task.train)
    return (count / seconds, count / core_seconds), metrics["loss"]


def _searches(shards: Path, memory: str) -> list[dict[str, Any]]:
    rows = []
    for dataset in ("digits", f"shards:{shards}"):
        with tempfile.TemporaryDirectory() as results:
            command = [sys.executable, "-m", "bench", "search", "linear"]
            command += ["--dataset", dataset, "--memory", memory, "--results", results]
            command += ["--tuner", "random", "--trials", "2", "--epochs", "1"]
            costs = measure([*command, "--seeds", "1", "--skip-default"])
        rows.append(
            {
                "data set": dataset.partition(":")[0],
                "peak MiB": round(costs.peak_mib),
                "seconds": round(costs.seconds),
            }
        )
    return rows


if __name__ == "__main__":
    typer.run(main)
