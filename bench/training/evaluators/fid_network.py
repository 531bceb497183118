"""The network whose features say how far made images lie from real ones.

It is that of the best classifier of the same images in the store, without its last
layer, or of a LeNet trained on the spot; once made it stays, so that all rows of a
board are judged by the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import keras
import keras_tuner

from bench.datasets import Task
from bench.records import Value
from bench.training import hypermodel
from bench.training.compiled.cache import Programs
from bench.training.timings import StageClock
from bench.training.trial import TrialRequest, train
from bench.training.trial_runner import image_task
from search_spaces.parts import augmentation, layers, normalization  # noqa: F401, for loading

ON_THE_SPOT = "lenet"
EPOCHS = 12
PATIENCE = 4


def make(
    path: Path,
    task: Task,
    family: str,
    hyperparameters: Mapping[str, Value],
    origin: str,
) -> None:
    """Train a classifier and keep it without its last layer, for pixels in [0, 1].

    Args:
        path: Of the network; beside it a text says what it is.
        task: Whose images it classifies.
        family: Of ours.
        hyperparameters: Empty for the defaults.
        origin: Where they are from, in words.
    """
    source = hypermodel.load(family, image_task(task))
    assert source.family is not None
    if not hyperparameters:
        hyperparameters = _defaults(source)
    request = TrialRequest(
        number=0,
        hyperparameters=hyperparameters,
        seed=0,
        epochs=EPOCHS,
        full_epochs=EPOCHS,
        patience=PATIENCE,
    )
    trained = train(source, Programs(task), request, lambda epoch: True, StageClock())
    model = trained.program.model
    seen = keras.Model(model.inputs, model.layers[-1].input)
    low, high = task.pixel_range
    inputs = keras.Input(task.record.image_shape)
    given = keras.layers.Rescaling(high - low, offset=low)(inputs)
    network = keras.Model(inputs, seen(given), name="features")
    accuracy = trained.curve.best_metrics["validation_accuracy"]
    count = network.output_shape[-1]
    text = f"{count} features of {family}, {origin}, validation accuracy {accuracy:.3f}"
    write(path, network, {"name": family, "text": text})


def describe(path: Path) -> dict[str, str]:
    """``name`` of the family, and ``text``, a line that says what the network is."""
    told: dict[str, str] = json.loads(path.with_suffix(".json").read_text())
    return told


def load(path: Path) -> keras.Model:
    network = keras.models.load_model(path)
    network.trainable = False
    return network


def _defaults(source: hypermodel.FamilySource) -> dict[str, Value]:
    hp = keras_tuner.HyperParameters()
    source.hypermodel.declare_hyperparameters(hp)
    return dict(hp.values)


def write(path: Path, network: keras.Model, told: dict[str, str]) -> None:
    """Keep a network, and beside it what it is; all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("unfinished.keras")
    network.save(unfinished)
    path.with_suffix(".json").write_text(json.dumps(told))
    os.replace(unfinished, path)
