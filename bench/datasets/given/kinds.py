"""Tells where an object comes from by the names of its classes, importing nothing."""

from __future__ import annotations

from typing import Any


def is_a(value: Any, package: str, name: str) -> bool:
    """Whether an object's class, or a base of it, is a package's class of that name."""
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] == package
        for kind in type(value).__mro__
    )


def is_pair_of(value: Any, takes: Any) -> bool:
    """Whether a value is a tuple or list of two objects that ``takes`` accepts."""
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    return is_pair and all(map(takes, value))
