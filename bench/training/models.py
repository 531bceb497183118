"""Keras models of configurations: built, counted, and fed by frozen networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import keras_tuner
import numpy as np

from bench.records import FLOAT32, Value
from bench.training.hypermodel import FamilySource
from bench.training.precision import computing_in, make_ends_exact
from bench.training.private_api import nested_layers
from search_spaces.family import Extractor

DEFAULT_BATCH = 32
"""Batch size of hypermodels that search none; it is Keras' default."""


def extractor(
    source: FamilySource, hyperparameters: Mapping[str, Value]
) -> Extractor | None:
    """The frozen network of a configuration; None if its model takes images."""
    family = source.family
    return None if family is None else family.extractor(configured(hyperparameters))


def extractors(
    source: FamilySource, hyperparameters: Mapping[str, Value]
) -> list[Extractor]:
    """All frozen networks that a configuration uses, that of its warm-up included."""
    network = extractor(source, hyperparameters)
    if source.family is None or network is None:
        return []
    warm_up = source.family.warm_up(configured(hyperparameters))
    return [network] if warm_up is None else [network, warm_up.extractor]


def build(
    source: FamilySource,
    hyperparameters: Mapping[str, Value],
    seed: int,
    features: Sequence[int] | None = None,
) -> tuple[keras.Model, keras_tuner.HyperParameters]:
    """Build a new model, and return it with the hyperparameters that it declared.

    Args:
        source: The family.
        hyperparameters: Values of the active hyperparameters.
        seed: Seed of initial weights and random masks.
        features: Shape of a frozen network's features of an image; None if the model
            takes images.

    Raises:
        TypeError: A build function from elsewhere returned no model.
    """
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed % 2**32)  # NumPy takes no larger seed
    source.global_state.restore()  # a build may have set mixed precision
    hp = configured(hyperparameters)
    with computing_in(source.precision):
        if features is not None:
            return source.hypermodel.build_head(hp, features), hp
        model = source.hypermodel.build(hp)
        if source.family is None:
            _complete(model, source)
    return model, hp


def _complete(model: keras.Model, source: FamilySource) -> None:
    """Prepare a new model from elsewhere for its training."""
    if not isinstance(model, keras.Model):
        kind = type(model).__name__
        raise TypeError(f"build(hp) must return a compiled model; it returned {kind}")
    make_weights(model, source.image_shape)
    if source.precision != FLOAT32:
        make_ends_exact(model)


def make_weights(model: keras.Model, image_shape: Sequence[int]) -> None:
    """Make the weights of a model that waits for its first images to make them.

    Args:
        model: From elsewhere; a model that has its weights is left as it is.
        image_shape: ``(height, width, channels)``.
    """
    if _has_weights(model):
        return
    if isinstance(model, keras.Sequential):
        model.build((None, *image_shape))
    if not _has_weights(model):
        model(np.zeros((1, *image_shape), "float32"), training=False)


def _has_weights(model: keras.Model) -> bool:
    return model.built and all(layer.built for layer in nested_layers(model))


def configured(values: Mapping[str, Value]) -> keras_tuner.HyperParameters:
    """A configuration as Keras Tuner's hyperparameters."""
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    return hp


def batch_size(hp: keras_tuner.HyperParameters) -> int:
    """Batch size of a configuration, or Keras' default if it has none."""
    size: int = hp.values.get("batch_size", DEFAULT_BATCH)
    return size


def parameters(model: keras.Model) -> int:
    """Parameter count, without hyperparameters that are stored as weights."""
    settings = sum(
        layer.count_params() for layer in nested_layers(model) if hasattr(layer, "free")
    )
    return int(model.count_params() - settings)


def count(source: FamilySource, hyperparameters: Mapping[str, Value]) -> int:
    """Parameter count of the model of a configuration."""
    return parameters(build(source, hyperparameters, seed=0)[0])


def warm_up_rates(learning_rate: float, count: int, batch_size: int) -> np.ndarray:
    """Constant learning rates ``(steps,)`` for an epoch of ``count`` images."""
    return np.full(-(-count // batch_size), learning_rate)
