"""Colours of families, the same on every page of a report."""

from __future__ import annotations

from collections.abc import Iterable

from search_spaces import FAMILIES

COLOURS = 8
"""Number of colours that ``style.css`` has for series."""


def colours(families: Iterable[str]) -> dict[str, str]:
    """A colour for each family of a store, as a value of CSS.

    Beyond eight families colours repeat, so a chart has to tell series apart by labels
    or shapes too.

    Args:
        families: Families of all studies in the store. The order doesn't matter.
    """
    order = {name: n for n, name in enumerate(FAMILIES)}
    known = sorted(set(families), key=lambda f: (order.get(f, len(order)), f))
    return {f: f"var(--series-{n % COLOURS + 1})" for n, f in enumerate(known)}
