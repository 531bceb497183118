"""Checkpoints of trials, from which promoted trials continue."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np

from bench.files import replaced_file, whole
from bench.training.compiled.optimizers import optimized, optimizer_variables
from bench.training.curve import LearningCurve


def save(path: Path, model: keras.Model, curve: LearningCurve) -> None:
    """Write the state of a training to a file.

    It holds weights, random states, the state of all optimizers, and the progress of
    the learning curve with the weights of its best epoch.

    Args:
        path: File of the checkpoint; it is written whole or not at all.
        model: The model that trained.
        curve: The learning curve of the training.

    Raises:
        StoreError: The folder can't be written.
    """
    groups = {
        "model": [np.asarray(v) for v in model.variables],
        "optimizer": [np.asarray(v) for v in optimizer_variables(model)],
        "best": curve.best_weights,
    }
    arrays = {
        f"{group}/{index}": array
        for group, members in groups.items()
        for index, array in enumerate(members)
    }
    progress = {
        "epoch": curve.epoch,
        "improved_epoch": curve.improved_epoch,
        "least_tie_breaker": curve.least_tie_breaker,
        "best_epoch": curve.best_epoch,
        "best_metrics": dict(curve.best_metrics),
    }
    size = sum(array.nbytes for array in arrays.values())
    with replaced_file(path, size=size) as scratch, scratch.open("wb") as file:
        np.savez(file, progress=np.array(json.dumps(progress)), **arrays)


def restore(path: Path, model: keras.Model, curve: LearningCurve) -> None:
    """Restore the state that ``save`` wrote.

    Args:
        path: File of the checkpoint.
        model: A compiled model of the same structure; it is changed.
        curve: A new learning curve; it is changed.

    Raises:
        StoreError: The file is damaged.
    """
    with whole(path, "a checkpoint"), np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    for optimizer, variables in optimized(model):
        optimizer.build(variables)
    for group, variables in (
        ("model", model.variables),
        ("optimizer", optimizer_variables(model)),
    ):
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"{group}/{index}"])
    progress = json.loads(str(arrays["progress"]))
    curve.epoch = progress["epoch"]
    curve.improved_epoch = progress["improved_epoch"]
    curve.least_tie_breaker = progress["least_tie_breaker"]
    curve.best_epoch = progress["best_epoch"]
    curve.best_metrics = progress["best_metrics"]
    best = [name for name in arrays if name.startswith("best/")]
    curve.best_weights = [arrays[f"best/{index}"] for index in range(len(best))]
