"""Ranges of hyperparameters: as a user gives them, and as a reader sees them."""

from __future__ import annotations

import math
from typing import Any

from keras_tuner.engine import hyperparameters as kinds

from bench.errors import SpaceError, shown
from bench.records import Value
from bench.searchers import declared
from search_spaces.parts.sizes import Range

LOGARITHMIC = 10
"""Ratio of the ends of a range from which its numbers are drawn by their logarithm, if
the family says nothing else."""


def changed(entry: Any, text: str) -> Any:
    """A hyperparameter in another range.

    Args:
        entry: As the family declares it.
        text: ``LOW..HIGH`` for all numbers between, ``LOW..HIGH:STEP`` for some of
            them, or values with commas between.

    Returns:
        A hyperparameter of the same name and conditions. Its default is the old one,
        or what is nearest to that.

    Raises:
        SpaceError: The text is no range of this hyperparameter.
    """
    if ".." not in text:
        return _choice(entry, text)
    low, high, step = _numbers(entry, text)
    is_ordered = low is not None and high is not None and low < high
    if not is_ordered or (step is not None and step <= 0):
        raise _refused(entry, text)
    _check_sign(entry, low, text)
    kind = kinds.Int if isinstance(entry.default, int) else kinds.Float
    return kind(
        entry.name,
        min_value=low,
        max_value=high,
        step=step,
        sampling=_sampling(entry, low, high, step),
        default=_nearest(entry.default, low, high, step),
        conditions=entry.conditions,
    )


def sized(entry: Any, size: Range) -> Any:
    """A hyperparameter in the range, and with the default, of a size.

    Args:
        entry: As the family declares it.
        size: As the family declares it.
    """
    other = entry if size.text is None else changed(entry, size.text)
    if size.default is None:
        return other
    config = other.get_config()
    return type(other).from_config({**config, "default": _within(other, size.default)})


def _within(entry: Any, default: Any) -> Any:
    """The value of a hyperparameter that is nearest to a default."""
    if isinstance(entry, kinds.Int | kinds.Float):
        return _nearest(default, entry.min_value, entry.max_value, entry.step)
    if default in entry.values or isinstance(default, str | bool):
        return default
    return min(entry.values, key=lambda value: abs(value - default))


def _sampling(entry: Any, low: float, high: float, step: float | None) -> str:
    """How numbers are drawn: as the family says, else by how far they span."""
    if step is not None or low <= 0:
        return "linear"
    if isinstance(entry, kinds.Int | kinds.Float):
        return str(entry.sampling or "linear")
    return "log" if high / low >= LOGARITHMIC else "linear"


def _check_sign(entry: Any, low: float, text: str) -> None:
    """Refuse numbers below 0, or 0, where the family has none."""
    least = _extremes(entry)[0]
    if isinstance(entry, kinds.Fixed) and isinstance(least, float):
        least = min(0.0, least)  # one value doesn't say whether the family has none
    if low < 0 <= least or low <= 0 < least:
        rule = "at least 0" if least == 0 else "above 0"
        raise SpaceError(
            f"{entry.name} must be {rule}, not {low:g} as in --space "
            f"{entry.name}={text}: raise the lower end"
        )


def _choice(entry: Any, text: str) -> Any:
    values: list[Any] = [converted(entry, part.strip()) for part in text.split(",")]
    values = list(dict.fromkeys(values))
    is_named = isinstance(entry.default, str | bool)
    if None in values or (is_named and not set(values) <= set(entry.values)):
        raise _refused(entry, text)
    if not is_named:
        _check_sign(entry, min(values), text)
    default = entry.default
    if default not in values:
        default = values[0]
        if not is_named:
            default = min(values, key=lambda value: abs(value - entry.default))
    return kinds.Choice(
        entry.name, values, default=default, conditions=entry.conditions
    )


def _numbers(entry: Any, text: str) -> tuple[Any, Any, Any]:
    """Ends and step of ``LOW..HIGH:STEP``; None for what is no number of the kind."""
    ends, colon, step = text.partition(":")
    low, _, high = ends.partition("..")
    if isinstance(entry.default, str | bool):
        return None, None, None
    parsed = [converted(entry, part.strip()) for part in (low, high)]
    return (
        parsed[0],
        parsed[1],
        (converted(entry, step.strip()) or 0) if colon else None,
    )


def _nearest(default: Any, low: Any, high: Any, step: Any) -> Any:
    """The number of a range that is nearest to a default."""
    within = min(max(default, low), high)
    if step is None:
        return within
    count = min(round((within - low) / step), math.floor((high - low) / step))
    return low + count * step


def _refused(entry: Any, text: str) -> SpaceError:
    if isinstance(entry.default, str | bool):
        example = ",".join(str(value) for value in list(entry.values)[:2])
    else:
        numbers = _extremes(entry)
        example = f"{numbers[0]:g}..{numbers[1]:g}"
    return SpaceError(
        f"--space {entry.name}= takes LOW..HIGH, LOW..HIGH:STEP or values with commas "
        f"between, of the kind of {range_text(entry)}, not {shown(text)}; such as "
        f"{entry.name}={example}"
    )


def _extremes(entry: Any) -> tuple[Any, Any]:
    if isinstance(entry, kinds.Int | kinds.Float):
        return entry.min_value, entry.max_value
    if isinstance(entry, kinds.Fixed):
        value = entry.value
        if isinstance(value, float) and 0 < value < 1:  # probably a share
            return value / 2, value
        return value, value * 2 or 0.1
    return min(entry.values), max(entry.values)


def converted(entry: Any, text: str) -> Value | None:
    """The text as a value of the hyperparameter's type; None if it isn't one."""
    return declared.converted(type(entry.default).__name__, text)


def range_text(entry: Any) -> str:
    """Describe the values of a hyperparameter, as in ``1 to 4`` or ``adam, sgd``."""
    if not isinstance(entry, kinds.Int | kinds.Float):
        return ", ".join(str(value) for value in entry.values)
    if entry.min_value == entry.max_value:
        return f"{entry.min_value:g}"
    text = f"{entry.min_value:g} to {entry.max_value:g}"
    if entry.step not in (None, 1):
        text += f" by {entry.step:g}"
    return text + (", logarithmic" if entry.sampling == "log" else "")
