"""Gradients, on whichever backend Keras runs: the one place that knows the backends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Function = Callable[[Any], Any]
"""Takes a tensor and returns one value for each of its items, as the backend has it."""


def gradients(function: Function, inputs: np.ndarray) -> np.ndarray:
    """The gradient of each value of a function with respect to its own input.

    Args:
        function: Returns ``(n,)`` for inputs ``(n, ...)``; each value depends on its
            own input alone, so that the gradient of their sum holds all of them.
        inputs: ``(n, ...)``, ``float32``.

    Returns:
        Gradients of the shape of ``inputs``; zeros where nothing depends on them.
    """
    return _GRADIENTS[keras.backend.backend()](function, inputs)


def _tensorflow(function: Function, inputs: np.ndarray) -> np.ndarray:
    import tensorflow

    tensor = tensorflow.convert_to_tensor(inputs)
    with tensorflow.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensor)
        values = function(tensor)
    zero = tensorflow.UnconnectedGradients.ZERO
    gradient = tape.gradient(values, tensor, unconnected_gradients=zero)
    return np.asarray(gradient)


def _jax(function: Function, inputs: np.ndarray) -> np.ndarray:
    import jax

    def total(tensor: Any) -> Any:
        return function(tensor).sum()

    return np.asarray(jax.grad(total)(jax.numpy.asarray(inputs)))


def _torch(function: Function, inputs: np.ndarray) -> np.ndarray:
    import torch

    tensor = keras.ops.convert_to_tensor(inputs).detach().requires_grad_()
    with torch.enable_grad():
        values = function(tensor).sum()
    if not values.requires_grad:
        return np.zeros_like(inputs)
    (gradient,) = torch.autograd.grad(values, tensor, allow_unused=True)
    if gradient is None:
        return np.zeros_like(inputs)
    return np.asarray(gradient.detach().cpu())


_GRADIENTS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
