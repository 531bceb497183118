"""Colours of families, the same on every page of a report.

They are classes of ``style.css``, which set the variable ``--shade``.
"""

from __future__ import annotations

from collections.abc import Iterable

from search_spaces import FAMILIES

COLOURS = 8
"""Number of classes ``series-1``, ``series-2`` and so on in ``style.css``."""


def colours(families: Iterable[str]) -> dict[str, str]:
    """A class that gives a colour, for each family of a store.

    Beyond eight families colours repeat, so a chart has to tell series apart by labels
    or shapes too.

    Args:
        families: Families of all studies in the store. The order doesn't matter.
    """
    order = {name: n for n, name in enumerate(FAMILIES)}
    known = sorted(set(families), key=lambda f: (order.get(f, len(order)), f))
    return {f: f"series-{n % COLOURS + 1}" for n, f in enumerate(known)}
