"""Trains the classifier whose features compare generated with real images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import keras_tuner

from bench.datasets import SingleSplit, Task
from bench.records import Value
from bench.training import hypermodel
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.evaluators.fid_network import write
from bench.training.inputs import InputCache
from bench.training.request import TrialRequest
from bench.training.timings import StageTimer
from bench.training.trainer import Trainer
from bench.training.trial_runner import image_task

DEFAULT_FAMILY = "lenet"
"""Family that is trained if the store holds no classifier of the images."""

EPOCHS = 12
"""Maximum number of epochs of the classifier."""

PATIENCE = 4
"""Maximum number of epochs without improvement."""


def make(
    path: Path,
    task: Task,
    family: str,
    hyperparameters: Mapping[str, Value],
    origin: str,
) -> None:
    """Train a classifier, and store it without its last layer as the FID network.

    The stored network takes images in [0, 1].

    Args:
        path: File of the network; see ``fid_network.write``.
        task: The task whose training images the classifier learns.
        family: A key of ``search_spaces.FAMILIES``.
        hyperparameters: Values of the active hyperparameters; empty for the defaults.
        origin: Where the hyperparameters come from, in words.
    """
    source = hypermodel.load(family, image_task(task))
    request = TrialRequest(
        hyperparameters=hyperparameters or _defaults(source),
        seed=0,
        epochs=EPOCHS,
        full_epochs=EPOCHS,
        patience=PATIENCE,
    )
    cache = InputCache(task, EvaluatorConfig(), SingleSplit(task))
    trainer = Trainer(source=source, inputs=cache)
    trained = trainer.train(request, lambda epoch: True, StageTimer())
    network = _without_last_layer(trained.compiled.model, task)
    accuracy = trained.curve.best_metrics["validation_accuracy"]
    count = network.output_shape[-1]
    text = f"{count} features of {family}, {origin}, validation accuracy {accuracy:.3f}"
    write(path, network, {"name": family, "text": text})


def _without_last_layer(model: keras.Model, task: Task) -> keras.Model:
    """The input of a classifier's last layer, as a model of images in [0, 1]."""
    features = keras.Model(model.inputs, model.layers[-1].input)
    low, high = task.pixel_range
    inputs = keras.Input(task.record.image_shape)
    images = keras.layers.Rescaling(high - low, offset=low)(inputs)
    return keras.Model(inputs, features(images), name="features")


def _defaults(source: hypermodel.FamilySource) -> dict[str, Value]:
    hp = keras_tuner.HyperParameters()
    source.hypermodel.declare_hyperparameters(hp)
    return dict(hp.values)
