"""Hyperparameters that varied in a search, and scales for their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.records import Value
from bench.report import cells
from bench.report.curves import spans_decades
from bench.report.page import charts

_FEW = 8
"""Number of different whole numbers up to which each has its own place on an axis."""


@dataclass(frozen=True, kw_only=True)
class Varied:
    """A hyperparameter with several values.

    Attributes:
        name: Its name.
        axis: The scale of its values; ``place`` gives the values as it takes them.
        has_categories: Whether each value has its own place.
    """

    name: str
    axis: charts.Axis
    has_categories: bool

    def place(self, values: Mapping[str, Value]) -> Value | None:
        """The value among a trial's, as the scale takes it; None without one."""
        if self.name not in values:
            return None
        value = values[self.name]
        return cells.setting(value) if self.has_categories else value


def varied(configurations: Sequence[Mapping[str, Value]]) -> dict[str, Varied]:
    """Every hyperparameter with more than one value, by its name."""
    names = sorted({name for values in configurations for name in values})
    tried = {n: [c[n] for c in configurations if n in c] for n in names}
    return {
        name: _varied(name, values)
        for name, values in tried.items()
        if len(set(map(cells.setting, values))) > 1 or len(values) < len(configurations)
    }


def _varied(name: str, values: Sequence[Value]) -> Varied:
    numbers = [v for v in values if not isinstance(v, str | bool)]
    settings = {cells.setting(value) for value in values}
    is_continuous = any(isinstance(number, float) for number in numbers)
    if len(numbers) < len(values) or (len(settings) <= _FEW and not is_continuous):
        ordered = sorted(set(values), key=lambda v: (isinstance(v, str), v))
        # Rounded texts may coincide.
        scale = charts.categories(list(dict.fromkeys(map(cells.setting, ordered))))
        axis = charts.Axis(label=name, scale=scale)
        return Varied(name=name, axis=axis, has_categories=True)
    if spans_decades(numbers):
        axis = charts.Axis(
            label=f"{name} (logarithmic)", scale=charts.logarithmic(numbers)
        )
    else:
        axis = charts.Axis(label=name, scale=charts.linear(numbers))
    return Varied(name=name, axis=axis, has_categories=False)
