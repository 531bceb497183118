"""Counts the weights of a model by their type."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence


def counted(weights: Iterable[tuple[str, Sequence[int]]]) -> dict[str, int]:
    """Number of weights by type.

    Args:
        weights: Type and shape of each array of weights.
    """
    counts: Counter[str] = Counter()
    for kind, shape in weights:
        counts[kind.lower()] += math.prod(int(side) for side in shape)
    return dict(counts)
