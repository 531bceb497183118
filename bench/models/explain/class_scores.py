"""The score of a class before the softmax, which Grad-CAM differentiates.

The gradient of a probability near 1 is near 0, whatever the image shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from bench.models.explain.layers import hooked, operations

_TINY = 1e-12

_ACTIVATIONS = ("softmax", "sigmoid")


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
    last = operations(model)[-1]
    with ExitStack() as stack:
        if not stack.enter_context(_without_activation(last)):
            yield ClassScores(name="logarithm of the probability", of=_logs(model))
            return
        yield ClassScores(name="score before the softmax", of=_outputs(model))


@contextmanager
def _without_activation(layer: Any) -> Iterator[bool]:
    """Leave out the activation of a layer; yields whether it could be left out."""
    is_activation = isinstance(layer, keras.layers.Activation | keras.layers.Softmax)
    name = _activation_name(layer)
    if name not in _ACTIVATIONS:
        yield False
    elif is_activation or not hasattr(layer, "activation"):
        with hooked(layer, lambda usual, args, kwargs: args[0]):
            yield True
    else:
        usual = layer.activation
        layer.activation = keras.activations.linear
        try:
            yield True
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
