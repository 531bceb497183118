"""Sizes of search spaces: small for a CPU, base for a GPU, paper for the networks that
a family has its name from.

A family's own declaration is its small size. The others are other ranges of the same
hyperparameters, as a user may give them too. Importing this module does not import
Keras.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

SMALL, BASE, PAPER = SIZES = ("small", "base", "paper")
"""All sizes, the smallest first."""


class Range(NamedTuple):
    """Another range of a hyperparameter.

    Attributes:
        text: ``LOW..HIGH``, ``LOW..HIGH:STEP`` or values with commas between, as
            ``--space`` takes them; None for the range that the family declares.
        default: The value in this range that is nearest to it is the default; None
            for the default that the family declares.
    """

    text: str | None
    default: bool | int | float | str | None = None


DRAWN = Range("he_normal,he_uniform,glorot_uniform")
"""Initializers that draw each weight by itself. An orthogonal one decomposes the whole
kernel, which takes minutes for dense layers of thousands of units."""

Sizes = Mapping[str, Mapping[str, Range]]
"""Ranges by size and by the name of the hyperparameter."""


def largest(declared: Collection[str], asked: str) -> str:
    """The largest of a family's sizes that is not above the one asked for.

    Args:
        declared: The sizes that the family declares; ``small`` is always there.
        asked: One of ``SIZES``.
    """
    up_to = SIZES[: SIZES.index(asked) + 1]
    return next(size for size in reversed(up_to) if size in declared or size == SMALL)
