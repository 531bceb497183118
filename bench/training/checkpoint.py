"""Keeps a trial where it stopped, so that its promotion goes on from there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import keras
import numpy as np

from bench.training.compiled.optimizers import optimized, optimizer_variables
from bench.training.curve import LearningCurve


def save(path: Path, model: keras.Model, curve: LearningCurve) -> None:
    """Write weights, random states, optimizer state and the best epoch so far."""
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
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(file, progress=np.array(json.dumps(progress)), **arrays)
    os.replace(unfinished, path)


def restore(path: Path, model: keras.Model, curve: LearningCurve) -> None:
    """Put a model and its learning curve back to where ``save`` found them."""
    with np.load(path, allow_pickle=False) as arrays:
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
        best = [name for name in arrays.files if name.startswith("best/")]
        curve.best_weights = [arrays[f"best/{index}"] for index in range(len(best))]
