"""All optimizers of a model: a model may have more than the one that Keras knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from bench.training.private_api import averages, innermost
from search_spaces.parts.averaging import Averaging


def optimized(model: keras.Model) -> list[tuple[keras.optimizers.Optimizer, list[Any]]]:
    """Each optimizer of a model, and the weights that it updates.

    A model with several optimizers has a method ``optimized`` that returns the same.
    A model that isn't compiled has none: a training of its author's has made its own.
    """
    several = getattr(model, "optimized", None)
    if several is None:
        optimizer = getattr(model, "optimizer", None)
        return [] if optimizer is None else [(optimizer, model.trainable_variables)]
    pairs: list[tuple[keras.optimizers.Optimizer, list[Any]]] = several()
    return pairs


def optimizer_variables(model: keras.Model) -> list[keras.Variable]:
    """Slots, step counts and learning rates of all built optimizers of a model."""
    return [v for optimizer, _ in optimized(model) for v in optimizer.variables]


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Give a model the moving averages of its weights, where its optimizer keeps some.

    It is validated and kept with them, as by ``keras.callbacks.SwapEMAWeights``, and
    goes on training from its own weights.
    """
    pairs = averaged(model)
    own = [np.array(weight) for weight, _ in pairs]
    try:
        for weight, average in pairs:
            weight.assign(average)
        yield
    finally:
        for (weight, _), value in zip(pairs, own, strict=True):
            weight.assign(value)


def use_averages(model: keras.Model) -> None:
    """Leave the moving averages of its weights in a model whose training has ended."""
    for weight, average in averaged(model):
        weight.assign(keras.ops.copy(average))  # JAX would share the array


def averaged(model: keras.Model) -> list[tuple[keras.Variable, keras.Variable]]:
    """Each weight that is averaged, and its moving average."""
    optimizers = [innermost(optimizer) for optimizer, _ in optimized(model)]
    return [
        pair
        for optimizer in optimizers
        for part in getattr(optimizer, "optimizers", [optimizer])
        if part.iterations > 0
        for pair in _averages(part)
    ]


def _averages(
    optimizer: keras.optimizers.Optimizer,
) -> list[tuple[keras.Variable, keras.Variable]]:
    own = isinstance(optimizer, Averaging)
    return optimizer.averages() if own else averages(optimizer)
