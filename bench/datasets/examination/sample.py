"""A sample of the images of a split."""

from __future__ import annotations

import numpy as np


def spread(labels: np.ndarray, count: int) -> np.ndarray:
    """Indices of a sample, spread evenly over the images of each class.

    Args:
        labels: ``(n,)``, class indices.
        count: Maximum number of indices.
    """
    by_class = np.argsort(labels, kind="stable")
    places = np.linspace(0, len(labels) - 1, min(len(labels), count), dtype=int)
    return np.sort(by_class[places])
