"""Descriptions of search spaces for users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.records import Value
from bench.searchers import param_grid
from bench.searchers.ranges import range_text


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """Description of a hyperparameter.

    Attributes:
        name: Name.
        kind: Kind in Keras Tuner, in lower case, such as ``choice``.
        range: Values, such as ``adam, sgd`` or ``0.0001 to 0.01, logarithmic``.
        default: Default value.
        condition: Condition, such as ``optimizer = sgd``; empty if always active.
        grid: Values of a number on the grids of scikit-learn's searches; empty for
            other kinds.
    """

    name: str
    kind: str
    range: str
    default: Value
    condition: str
    grid: str


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
