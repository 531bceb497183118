"""Scales: positions between 0 and 1 for values, and round ticks with their labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_STEPS = (1, 2, 2.5, 5, 10)
"""Round steps between ticks, times a power of ten."""

_MARGIN = 0.04
"""Share of the range that is left free at ends without a bound."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Positions of values along an axis.

    Attributes:
        low, high: Values at the positions 0 and 1; logarithms of them on a
            logarithmic scale.
        ticks: Positions and labels.
        is_logarithmic: Whether equal ratios have equal distances.
        places: Positions of the categories by name; empty for numbers.
    """

    low: float = 0.0
    high: float = 1.0
    ticks: tuple[tuple[float, str], ...] = ()
    is_logarithmic: bool = False
    places: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, value: Any) -> float:
        if self.places:
            return self.places[str(value)]
        number = math.log10(value) if self.is_logarithmic else float(value)
        return (number - self.low) / ((self.high - self.low) or 1.0)


def linear(
    values: Iterable[float],
    *,
    ticks: int = 5,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    from_zero: bool = False,
    is_whole: bool = False,
) -> Scale:
    """A linear scale over all values.

    Args:
        values: Values that it shows; those that aren't finite are left out.
        ticks: Maximum number of ticks.
        bounds: The scale ends there, however near the values are.
        from_zero: Whether it begins at zero.
        is_whole: Whether only whole numbers get a tick.
    """
    known = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if low == high:
        apart = max(abs(low) * 0.1, 1.0 if is_whole else 1e-6)
        low, high = low - apart, high + apart
    step = _step((high - (0.0 if from_zero else low)) / max(1, ticks - 1))
    margin = _MARGIN * (high - low)
    low = 0.0 if from_zero else max(bounds[0], low - margin)
    high = min(bounds[1], high + margin)
    if high <= low:
        high = low + 1.0
    if is_whole:
        step = max(1.0, math.ceil(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    marks = [n * step for n in range(first, last + 1)]
    return Scale(
        low=low,
        high=high,
        ticks=tuple(((m - low) / (high - low), _label(m, step)) for m in marks),
    )


def logarithmic(values: Iterable[float], *, ticks: int = 5) -> Scale:
    """A logarithmic scale over all positive values, with ticks at powers of ten.

    Where fewer than two powers of ten lie within, ticks are at 1, 2 and 5 times them.
    """
    known = [v for v in values if v > 0 and math.isfinite(v)] or [1.0, 10.0]
    low, high = math.log10(min(known)), math.log10(max(known))
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    margin = _MARGIN * (high - low)
    low, high = low - margin, high + margin
    exponents = range(math.floor(low), math.ceil(high) + 1)
    marks = [10.0**e for e in exponents if low <= e <= high]
    if len(marks) < 2:
        marks = [m * 10.0**e for e in exponents for m in (1, 2, 5)]
        marks = [m for m in marks if low <= math.log10(m) <= high]
    marks = marks[:: math.ceil(len(marks) / ticks) or 1]
    return Scale(
        low=low,
        high=high,
        ticks=tuple(((math.log10(m) - low) / (high - low), _power(m)) for m in marks),
        is_logarithmic=True,
    )


def categories(names: Sequence[str]) -> Scale:
    """A place for each name, with equal distances, half a distance from the ends."""
    places = {name: (n + 0.5) / len(names) for n, name in enumerate(names)}
    return Scale(ticks=tuple((p, n) for n, p in places.items()), places=places)


def _step(least: float) -> float:
    """The smallest round step that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(s * power for s in _STEPS if s * power >= least * (1 - 1e-9))


def _label(value: float, step: float) -> str:
    """A tick with the digits that its step needs."""
    if value and not 1e-4 <= abs(step) < 1e6:
        return f"{value:.3g}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**digits, 6) % 1:
        digits += 1
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def _power(value: float) -> str:
    return f"{value:g}" if 1e-3 <= value < 1e6 else f"{value:.0e}".replace("e-0", "e-")
