"""Search spaces described for users, known without Keras.

``declared.json`` holds the descriptions for ``STANDARD`` images; those of other images,
and of families that have changed since, take Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.records import Value
from bench.searchers import declared
from search_spaces.parts.sizes import SMALL, largest

STANDARD = 32, 32, 3
"""Height, width and channels of the images for which spaces are described."""

STANDARD_CLASSES = 10
"""Number of classes of these images, all of one size."""


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """Description of a hyperparameter.

    Attributes:
        name: Name.
        kind: Kind in Keras Tuner, in lower case, such as ``choice``.
        range: Values, such as ``adam, sgd`` or ``0.0001 to 0.01, logarithmic``.
        default: Default value.
        condition: Condition, such as ``optimizer = sgd``; empty if always active.
        grid: Values of a number on the grids of scikit-learn's searches; empty for
            other kinds.
    """

    name: str
    kind: str
    range: str
    default: Value
    condition: str
    grid: str


def known(family: str, size: str) -> list[Hyperparameter] | None:
    """The hyperparameters of a family on ``STANDARD`` images; None if not known.

    Args:
        family: A family; nothing is known of those that are not of this project.
        size: One of ``sizes.SIZES``; the family's largest that is not above it counts.
    """
    of_sizes: Mapping[str, list[dict[str, Any]]] = declared.described().get(family, {})
    if SMALL not in of_sizes:
        return None
    changed = {row["name"]: row for row in of_sizes[largest(of_sizes, size)]}
    rows = [changed.get(row["name"], row) for row in of_sizes[SMALL]]
    return [Hyperparameter(**row) for row in rows]
