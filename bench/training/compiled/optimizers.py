"""All optimizers of a model: a model may have more than the one that Keras knows."""

from __future__ import annotations

from typing import Any

import keras


def optimized(model: keras.Model) -> list[tuple[keras.optimizers.Optimizer, list[Any]]]:
    """Each optimizer of a compiled model, and the weights that it updates.

    A model with several optimizers has a method ``optimized`` that returns the same.
    """
    several = getattr(model, "optimized", None)
    if several is None:
        return [(model.optimizer, model.trainable_variables)]
    pairs: list[tuple[keras.optimizers.Optimizer, list[Any]]] = several()
    return pairs


def optimizer_variables(model: keras.Model) -> list[keras.Variable]:
    """Slots, step counts and learning rates of all built optimizers of a model."""
    return [v for optimizer, _ in optimized(model) for v in optimizer.variables]
