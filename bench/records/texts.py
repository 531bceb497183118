"""Parsers of the texts that options of several values take."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.errors import UsageError, shown


def parse_size(text: str) -> tuple[int, int]:
    """Height and width of ``64`` or ``48x64``."""
    match = re.fullmatch(r"([0-9]{1,9})(?:x([0-9]{1,9}))?", text.strip().lower())
    if match is None:
        raise UsageError(
            f"--image-size takes N or HEIGHTxWIDTH in pixels, not {shown(text)}; such "
            "as 64"
        )
    return int(match[1]), int(match[2] or match[1])


def size_text(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


def parse_name(text: str) -> str:
    """A name for titles, on one line."""
    if not text.strip() or not text.isprintable():
        raise UsageError(
            f"--name takes printable text, not {shown(text)}; such as birds"
        )
    return text.strip()


def parse_names(given: Sequence[str]) -> tuple[str, ...]:
    """Different names, sorted, of texts such as ``units, dropout``."""
    names = [name.strip() for text in given for name in text.split(",")]
    return tuple(sorted({name for name in names if name}))


def parse_pairs(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names and texts of values, of texts such as ``dropout=0.2``."""
    return _pairs(given, "--fix takes NAME=VALUE", "dropout=0.2")


def parse_ranges(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names and texts of ranges, sorted, of texts such as ``filters=16..128``."""
    return tuple(sorted(_pairs(given, "--space takes NAME=RANGE", "filters=16..128")))


def _pairs(
    given: Sequence[str], rule: str, example: str
) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise UsageError(f"{rule}, not {shown(text)}; such as {example}")
        if pairs.setdefault(name, value) != value:
            raise UsageError(
                f"{rule} once for each hyperparameter, not {name} as "
                f"{shown(pairs[name])} and {shown(value)}: leave one of them out"
            )
    return tuple(pairs.items())
