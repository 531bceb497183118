"""Weights of an ensemble by greedy selection with replacement.

Reference: Caruana, Niculescu-Mizil, Crew & Ksikes 2004, "Ensemble selection from
libraries of models".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

STEPS = 25
"""Number of selections, each of which counts for one part of the weights."""


def greedy_weights(
    members: Sequence[np.ndarray],
    quality: Callable[[np.ndarray], tuple[float, ...]],
    steps: int = STEPS,
) -> tuple[float, ...]:
    """Weights of models whose weighted average predicts best.

    The selection begins with the best model and adds, step by step, the model with
    which the average of all selected ones is best; a model may be selected again. Of
    the averages on the way the best counts, and of equal ones the smallest.

    Args:
        members: Predictions of each model for the same images, of equal shapes. Where
            models do equally well, the first one is selected.
        quality: Says how good such predictions are; higher is better.
        steps: Maximum number of selections.

    Returns:
        A weight for each model; they sum to 1, and some may be 0.
    """
    counts = np.zeros(len(members), int)
    total = np.zeros_like(members[0], np.float64)
    best: tuple[tuple[float, ...], np.ndarray] | None = None
    for size in range(1, steps + 1):
        reached = [quality((total + member) / size) for member in members]
        selected = max(range(len(members)), key=reached.__getitem__)
        total += members[selected]
        counts[selected] += 1
        if best is None or reached[selected] > best[0]:
            best = reached[selected], counts / size
    assert best is not None
    return tuple(best[1].tolist())
