"""Sizes of memory and files, as a user types them."""

from __future__ import annotations

import re

from bench.errors import UsageError, shown

LARGEST = 2**60
"""Bytes that no machine has."""

_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def parse(text: str, option: str) -> int:
    """Bytes of a size: ``512M``, ``4G``, ``1.5G``, or plain bytes; powers of 1,024.

    Args:
        text: The size.
        option: Named in the error.

    Raises:
        UsageError: The text is no size.
    """
    match = re.fullmatch(
        r"(\d{1,18}(?:\.\d{1,9})?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE
    )
    if match is None:
        raise UsageError(f"{option} takes a size such as 512M or 4G, not {shown(text)}")
    return int(float(match[1]) * 2 ** _UNITS[match[2].upper()])


def exact(size: int) -> str:
    """A size that ``parse`` turns back into the same number of bytes."""
    for unit, power in reversed(_UNITS.items()):
        if size and size % 2**power == 0:
            return f"{size >> power}{unit}"
    return str(size)
