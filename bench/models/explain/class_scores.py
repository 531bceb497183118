"""The score of a class before the softmax, which Grad-CAM differentiates.

The gradient of a probability near 1 is near 0, whatever the image shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from bench.models.explain.layers import hooked, operations

_TINY = 1e-12

_ACTIVATIONS = ("softmax", "sigmoid")

_LINEAR = frozenset({"Concatenate", "Subtract"})
"""Operations that may follow a sigmoid, to give both classes a probability."""


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """A differentiable score of a class for each image.

    Attributes:
        name: What the score is.
        of: Takes images and classes ``(n,)``, and returns scores ``(n,)``.
    """

    name: str
    of: Callable[[Any, np.ndarray], Any]


@contextmanager
def class_scores(model: keras.Model) -> Iterator[ClassScores]:
    """The class scores of a classifier, as far before its end as its graph allows.

    Within the block the model returns these scores instead of probabilities, if it
    ends with a softmax or sigmoid that can be left out.
    """
    last = _last(model)
    name = _activation_name(last)
    if name not in _ACTIVATIONS:
        yield ClassScores(name="logarithm of the probability", of=_logs(model))
        return
    with _without_activation(last):
        yield ClassScores(name=f"score before the {name}", of=_outputs(model))


def _last(model: keras.Model) -> Any:
    """The last layer of a model, but for operations that keep scores as they are."""
    layers = operations(model)
    return next(x for x in reversed(layers) if type(x).__name__ not in _LINEAR)


@contextmanager
def _without_activation(layer: Any) -> Iterator[None]:
    is_only_that = isinstance(layer, keras.layers.Activation)
    if is_only_that or not hasattr(layer, "activation"):
        with hooked(layer, lambda usual, args, kwargs: args[0]):
            yield
        return
    usual = layer.activation
    layer.activation = keras.activations.linear
    try:
        yield
    finally:
        layer.activation = usual


def _activation_name(layer: Any) -> str:
    activation = getattr(layer, "activation", None)
    if activation is None:  # a softmax by itself, as a layer or as an operation
        return type(layer).__name__.lower()
    return getattr(activation, "__name__", "")


def _outputs(model: keras.Model) -> Callable[[Any, np.ndarray], Any]:
    def of(images: Any, classes: np.ndarray) -> Any:
        return _chosen(model(images, training=False), classes)

    return of


def _logs(model: keras.Model) -> Callable[[Any, np.ndarray], Any]:
    def of(images: Any, classes: np.ndarray) -> Any:
        probabilities = _chosen(model(images, training=False), classes)
        return ops.log(ops.maximum(probabilities, _TINY))

    return of


def _chosen(values: Any, classes: np.ndarray) -> Any:
    """The value of each image's class, ``(n,)``, from ``(n, classes)``."""
    wanted = np.eye(values.shape[-1], dtype="float32")[classes]
    return ops.sum(values * wanted, axis=-1)
