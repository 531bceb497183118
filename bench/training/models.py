"""Builds the model of a configuration, and warms it up where its family says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import keras_tuner
import numpy as np

from bench.datasets.folds import Rows
from bench.records import Value
from bench.training.compiled.cache import Programs
from bench.training.hypermodel import FamilySource
from bench.training.timings import StageClock
from search_spaces.family import Extractor

DEFAULT_BATCH = 32
"""Keras' own, for hypermodels that search no batch size."""


def extractor(
    source: FamilySource, hyperparameters: Mapping[str, Value]
) -> Extractor | None:
    """The frozen network that a configuration trains on; mostly there is none."""
    family = source.family
    return None if family is None else family.extractor(configured(hyperparameters))


def extractors(
    source: FamilySource, hyperparameters: Mapping[str, Value]
) -> list[Extractor]:
    """All frozen networks that must see the images: that of the warm-up too."""
    own = extractor(source, hyperparameters)
    if source.family is None or own is None:
        return []
    warm_up = source.family.warm_up(configured(hyperparameters))
    return [own] if warm_up is None else [own, warm_up.extractor]


def build(
    source: FamilySource,
    hyperparameters: Mapping[str, Value],
    seed: int,
    features: Sequence[int] | None = None,
) -> tuple[keras.Model, keras_tuner.HyperParameters]:
    """A fresh model that follows the seed, and the hyperparameters it declared.

    Args:
        source: The family.
        hyperparameters: Active values.
        seed: Of initial weights and masks.
        features: Shape of those that the model takes; None where it takes images.
    """
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed % 2**32)  # all that NumPy takes
    hp = configured(hyperparameters)
    if features is None:
        return source.hypermodel.build(hp), hp
    return source.hypermodel.build_head(hp, features), hp


def configured(values: Mapping[str, Value]) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    return hp


def parameters(model: keras.Model) -> int:
    """Numbers that training fits or tracks; dropout rates, weights here, aren't."""
    layers = model._flatten_layers(include_self=False)
    settings = sum(layer.count_params() for layer in layers if hasattr(layer, "free"))
    return int(model.count_params() - settings)


def warm_up(
    source: FamilySource,
    programs: Programs,
    hp: keras_tuner.HyperParameters,
    model: keras.Model,
    seed: int,
    rows: Rows,
    stages: StageClock,
) -> None:
    """Train the last layers of a fresh model first, where its family says so.

    Args:
        source: The family.
        programs: Those of the images.
        hp: Of the model.
        model: Gets their weights, layer by layer of the same name.
        seed: Of the order of the images.
        rows: What is trained on.
        stages: Told what the time goes into.
    """
    asked = None if source.family is None else source.family.warm_up(hp)
    if asked is None:
        return
    batch_size = hp.values.get("batch_size", DEFAULT_BATCH)
    stages.enter("features")
    programs = programs.on(asked.extractor)
    stages.enter("training")
    first = programs.take(asked.build(programs.task.train.images.shape[1:]))
    for epoch in range(asked.epochs):
        order = programs.order(rows, seed, epoch)
        rates = np.full(-(-len(order) // batch_size), asked.learning_rate)
        first.train_epoch(order, rates, batch_size)
    for layer in first.model.layers:
        if layer.weights and not hasattr(layer, "free"):
            model.get_layer(layer.name).set_weights(layer.get_weights())
