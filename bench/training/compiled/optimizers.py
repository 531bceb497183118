"""The optimizers of a model, of which there may be more than Keras' one."""

from __future__ import annotations

from typing import Any

import keras


def optimized(model: keras.Model) -> list[tuple[keras.optimizers.Optimizer, list[Any]]]:
    """Each optimizer of a compiled model, and the variables that it changes."""
    own = getattr(model, "optimized", None)
    if own is None:
        return [(model.optimizer, model.trainable_variables)]
    pairs: list[tuple[keras.optimizers.Optimizer, list[Any]]] = own()
    return pairs


def optimizer_variables(model: keras.Model) -> list[keras.Variable]:
    """Of all optimizers that were built: slots, steps and rates."""
    return [v for optimizer, _ in optimized(model) for v in optimizer.variables]
