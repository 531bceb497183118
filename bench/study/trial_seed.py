"""The seed with which a trial is trained."""

from __future__ import annotations

import numpy as np


def trial_seed(seed: int, number: int, fold: int | None) -> int:
    """A seed of its own for every configuration, below 2**31.

    The folds of a cross-validation start from one seed, as a classifier with an integer
    for ``random_state`` does.

    Args:
        seed: Of the study.
        number: Of the trial.
        fold: The fold that it holds out; None without folds.
    """
    key = number if fold is None else 0
    state = np.random.SeedSequence([seed, key]).generate_state(1)
    return int(state[0] >> 1)
