"""The layers of a model, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def layers(model: keras.Model) -> list[dict[str, Any]]:
    """A row for each layer of a model, those of nested models after their model."""
    return list(_rows(model, ""))


def _rows(model: keras.Model, indent: str) -> Iterator[dict[str, Any]]:
    for layer in model.layers:
        parameters = sum(int(np.prod(weight.shape)) for weight in layer.weights)
        yield {
            "layer": f"{indent}{layer.name}",
            "type": type(layer).__name__,
            "output": _shape(layer),
            "parameters": f"{parameters:,}",
        }
        if isinstance(layer, keras.Model):
            yield from _rows(layer, f"{indent}| ")


def _shape(layer: keras.layers.Layer) -> str:
    shape = getattr(getattr(layer, "output", None), "shape", None)
    if shape is None:
        return "unknown"
    return "x".join("n" if side is None else str(side) for side in shape)
