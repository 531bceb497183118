"""Whether a model from elsewhere scales pixels by itself, and so takes raw ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from bench.training.private_api import constants, nested_layers

_DIVISORS = (127.5, 128.0, 255.0, 256.0)
"""Numbers by which models divide pixels between 0 and 255."""

_TOLERANCE = 0.01

_SHIFT = 50.0
"""Minimum mean that is subtracted from pixels between 0 and 255."""


def scaling(model: keras.Model) -> str | None:
    """Describe how a model scales pixels between 0 and 255; None if it doesn't.

    Rescaling and normalization layers are seen in nested models too, and so are
    divisions, multiplications and shifts by constants between layers, such as those of
    ``preprocess_input``. What a ``Lambda`` layer or a ``call`` computes can't be seen.

    Args:
        model: With its weights made.

    Returns:
        Text that ends a sentence, such as ``divides by 255``.
    """
    layers = [model, *nested_layers(model)]
    return next(filter(None, map(_of_layer, layers)), None) or next(
        filter(None, map(_of_operation, _operations(layers))), None
    )


def _of_layer(layer: keras.layers.Layer) -> str | None:
    if isinstance(layer, keras.layers.Rescaling):
        return _multiplies(layer.scale)
    if isinstance(layer, keras.layers.Normalization):
        return _shifts(layer.input_mean)
    return None


def _of_operation(operation: Any) -> str | None:
    kind = type(operation).__name__
    for value in constants(operation):
        found = None
        if kind in ("Divide", "TrueDivide"):
            found = _divides(value)
        elif kind == "Multiply":
            found = _multiplies(value)
        elif kind in ("Add", "Subtract"):
            found = _shifts(value)
        if found is not None:
            return found
    return None


def _multiplies(factor: Any) -> str | None:
    factors = np.asarray(factor, np.float64)
    return _divides(1 / factors) if factors.size and (factors != 0).all() else None


def _divides(divisor: Any) -> str | None:
    divisors = np.atleast_1d(np.asarray(divisor, np.float64))
    for usual in _DIVISORS:
        if np.allclose(divisors, usual, rtol=_TOLERANCE):
            return f"divides pixels by {divisors.flat[0]:.4g}"
    return None


def _shifts(mean: Any) -> str | None:
    means = np.zeros(1) if mean is None else np.abs(np.asarray(mean, np.float64))
    is_of_bytes = means.size and _SHIFT <= means.max() <= max(_DIVISORS)
    return f"subtracts {means.max():.4g} from pixels" if is_of_bytes else None


def _operations(layers: list[Any]) -> Iterator[Any]:
    """All operations of functional models, those that are no layers included."""
    for layer in layers:
        yield from getattr(layer, "operations", [])
