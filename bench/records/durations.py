"""Durations: read as a user types them, printed as a person reads them.

Whatever is printed can be typed: both have the form ``90s``, ``3m05s`` or ``1h02m``.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bench.errors import UsageError, shown

LONGEST = 100_000 * 3600.0
"""Seconds of the longest duration that a user may give, about eleven years."""

_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse(text: str, option: str = "--time") -> float:
    """Seconds of a duration: ``90s``, ``10m``, ``1.5h``, ``1h30m``, or plain seconds.

    Args:
        text: The duration.
        option: Named in the error.

    Raises:
        UsageError: The text is no duration.
    """
    whole = text.strip().lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", whole)
    if not parts or "".join(number + unit for number, unit in parts) != whole:
        raise UsageError(
            f"{option} takes a duration such as 90s, 10m or 2h, not {shown(text)}"
        )
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)


def duration(seconds: float) -> str:
    """Seconds rounded for a reader: ``4.2s``, ``3m05s``, ``10m``, ``1h02m``, ``2h``."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m" + (f"{rest:02d}s" if rest else "")
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}h" + (f"{minutes:02d}m" if minutes else "")


def exact(seconds: float) -> str:
    """A duration that ``parse`` turns back into the same number of seconds."""
    text = duration(seconds)
    if parse(text) == seconds:
        return text
    return f"{Decimal(repr(float(seconds))):f}".removesuffix(".0") + "s"
