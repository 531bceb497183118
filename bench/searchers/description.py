"""Descriptions of search spaces for users."""

from __future__ import annotations

from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.searchers import param_grid
from bench.searchers.described import Hyperparameter
from bench.searchers.ranges import range_text


def describe(space: HyperParameters) -> list[Hyperparameter]:
    """Describe the hyperparameters of a space in the order of their declaration."""
    return [
        Hyperparameter(
            name=entry.name,
            kind=type(entry).__name__.lower(),
            range=range_text(entry),
            default=entry.default,
            condition=" and ".join(
                f"{c.name} = {' or '.join(map(str, c.values))}"
                for c in entry.conditions
            ),
            grid=_grid(entry),
        )
        for entry in space.space
    ]


def _grid(entry: Any) -> str:
    if not isinstance(entry, kinds.Int | kinds.Float):
        return ""
    return ", ".join(f"{value:g}" for value in param_grid.values(entry))
