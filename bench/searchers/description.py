"""A search space, described to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.records import Value
from bench.searchers import param_grid as layout
from bench.searchers.space import range_text


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """One hyperparameter of a space, described.

    Attributes:
        range: Such as ``adam, sgd`` or ``0.0001 to 0.01, logarithmic``.
        condition: Such as ``optimizer = sgd``; empty where it is always active.
        grid: Of a number, the values that a grid of scikit-learn's searches has.
    """

    name: str
    kind: str
    range: str
    default: Value
    condition: str
    grid: str


def describe(space: HyperParameters) -> list[Hyperparameter]:
    """The hyperparameters of a space in the order of their declaration."""
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
    return ", ".join(f"{value:g}" for value in layout.values(entry))
