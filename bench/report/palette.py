"""How families are told apart, in the same way by every page and plot of a store.

A family has a colour, and a marker and a dash, by which it is known in grey print and
to those who don't see the colour. The numbers of colours, markers and dashes have no
common divisor: of 24 families no two have the same line, of 40 no two the same marker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.store import Store
from search_spaces import FAMILIES

LIGHT = (
    "#0072b2",
    "#c65200",
    "#543f00",
    "#023e54",
    "#6e1829",
    "#4c0e9d",
    "#846680",
    "#83937b",
)
"""Colours on a light ground, in print and in PNG files.

They were searched for: no two are closer than 18 in CIELAB, whether or not a reader
lacks one kind of cones (Machado et al. 2009), as long as they contrast with the ground.
"""

DARK = (
    "#8ac1fe",
    "#ffb791",
    "#aa8731",
    "#198bb5",
    "#bd6971",
    "#a165e7",
    "#d5b6d1",
    "#d8e7cf",
)
"""The same colours on a dark ground."""

MARKERS = ("circle", "square", "triangle", "diamond", "turned triangle")
DASHES = ("solid", "dashed", "dotted")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a family is drawn.

    Attributes:
        place: Of the family among all: those of the toolkit, then a user's by name.
    """

    place: int

    @property
    def colour(self) -> int:
        """Index in ``LIGHT`` and ``DARK``."""
        return self.place % len(LIGHT)

    @property
    def marker(self) -> int:
        """Index in ``MARKERS``."""
        return self.place % len(MARKERS)

    @property
    def dash(self) -> int:
        """Index in ``DASHES``."""
        return self.place % len(DASHES)


def styles(families: Iterable[str]) -> dict[str, Style]:
    """The styles of the toolkit's families, and of those of a user.

    Args:
        families: Families of all studies in a store; their order doesn't matter.
    """
    strangers = sorted(set(families) - set(FAMILIES))
    names = (*FAMILIES, *strangers)
    return {family: Style(place=n) for n, family in enumerate(names)}


def styles_of(store: Store) -> dict[str, Style]:
    """The styles of all families of a store."""
    return styles(study.spec.family for study in store.studies())
