"""The layers of a model, as rows of a table."""

from __future__ import annotations

from typing import Any

import keras

from bench.training.network import network_record


def layers(model: keras.Model) -> list[dict[str, Any]]:
    """A row for each layer of a model, those of nested models after their model."""
    return [
        {
            "layer": "| " * layer.depth + layer.name,
            "type": layer.type,
            "output": _shape(layer.shape),
            "parameters": f"{layer.parameters:,}",
            "multiply_adds": (
                "unknown" if layer.multiply_adds is None else f"{layer.multiply_adds:,}"
            ),
        }
        for layer in network_record(model).layers
    ]


def _shape(shape: tuple[int | None, ...] | None) -> str:
    if shape is None:
        return "unknown"
    return "x".join(["n", *("n" if side is None else str(side) for side in shape)])
