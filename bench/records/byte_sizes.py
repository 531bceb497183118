"""Sizes in bytes: read as a user types them, printed so that they can be typed."""

from __future__ import annotations

import re

from bench.errors import UsageError, shown

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

LARGEST = 2**60
"""Bytes of the largest size that a user may give."""


def parse(text: str, option: str) -> int:
    """Bytes of a size such as ``500M``, ``1.5G``, ``2T`` or plain bytes.

    Args:
        text: The size; a unit is 1,024 times the one before it.
        option: Named in the error.

    Raises:
        UsageError: The text is no size.
    """
    match = re.fullmatch(
        r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:I?B)?", text.strip().upper()
    )
    if match is None or len(text) > 40:
        raise UsageError(
            f"{option} takes a size such as 500M, 4G or 1.5T, not {shown(text)}"
        )
    return int(float(match[1]) * _UNITS[match[2]])


def exact(size: int) -> str:
    """A size that ``parse`` turns back into the same number of bytes."""
    name, unit = next(
        (name, unit) for name, unit in reversed(_UNITS.items()) if size % unit == 0
    )
    return f"{size // unit}{name}"
