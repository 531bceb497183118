"""How much a score depends on each hyperparameter, by permutation in a random forest.

Reference: Breiman 2001, "Random forests"; the forest is fitted to samples of the trials
that are drawn with replacement, and measured on the trials that a sample lacks. The
spread over samples is the uncertainty: it is how much other trials would have changed
the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.records import Value

MIN_TRIALS = 20
"""Minimum number of scored trials; of fewer, forests say nothing."""

MIN_R2 = 0.1
"""Minimum share of the variance that the forest must explain on other trials."""

_SAMPLES, _TREES, _LEAF = 24, 8, 2
"""Number of samples of trials, of trees for each, and of trials in a leaf."""


@dataclass(frozen=True, kw_only=True)
class Importance:
    """Importance of a hyperparameter.

    Attributes:
        name: Of the hyperparameter.
        mean: Increase of the squared error when its values are permuted, as a share
            of the variance of the scores; mean over samples of trials.
        low, high: Ends of the middle 90% of the samples.
    """

    name: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Importances:
    """Importances, the largest first.

    Attributes:
        each: Of every hyperparameter that varied.
        r2: Share of the variance that forests explain on trials they haven't seen.
    """

    each: tuple[Importance, ...]
    r2: float


def importances(
    configurations: Sequence[Mapping[str, Value]], scores: Sequence[float]
) -> Importances | None:
    """Importances of hyperparameters for the ranks of scores.

    Ranks are explained in place of scores, so that one diverged trial does not decide.

    Args:
        configurations: Hyperparameters of the scored trials.
        scores: Their scores, in any direction.

    Returns:
        None for fewer than ``MIN_TRIALS`` trials, and if nothing varied.
    """
    columns = _columns(configurations)
    if len(scores) < MIN_TRIALS or not columns:
        return None
    features = np.stack(list(columns.values()), axis=1).astype(np.float32)
    targets = np.argsort(np.argsort(scores, kind="stable")) / (len(scores) - 1)
    random = np.random.default_rng(0)
    measured = [_measured(features, targets, random) for _ in range(_SAMPLES)]
    r2 = float(np.mean([of_sample for of_sample, _ in measured]))
    increases = np.stack([each for _, each in measured])
    low, high = np.quantile(increases, (0.05, 0.95), axis=0)
    found = [
        Importance(name=n, mean=float(m), low=float(a), high=float(b))
        for n, m, a, b in zip(columns, increases.mean(axis=0), low, high, strict=True)
    ]
    return Importances(each=tuple(sorted(found, key=lambda i: -i.mean)), r2=r2)


def _measured(
    features: np.ndarray, targets: np.ndarray, random: np.random.Generator
) -> tuple[float, np.ndarray]:
    """Explained variance and importances of a forest, on trials it has not seen."""
    count, width = features.shape
    drawn = random.integers(0, count, size=(count,))
    unseen = np.setdiff1d(np.arange(count), drawn)
    trees = [_tree(features, targets, drawn, random) for _ in range(_TREES)]
    x, y = features[unseen], targets[unseen]
    # All permutations are predicted at once: a call costs more than its arithmetic.
    permuted = np.repeat(x[np.newaxis], width + 1, axis=0)
    for column in range(width):
        permuted[column, :, column] = random.permutation(x[:, column])
    rows = permuted.reshape(-1, width)
    predicted = np.mean([tree.predict(rows).ravel() for tree in trees], axis=0)
    errors = np.square(predicted.reshape(width + 1, -1) - y).mean(axis=1)
    variance = float(targets.var())
    return 1 - errors[-1] / variance, (errors[:-1] - errors[-1]) / variance


def _tree(
    features: np.ndarray,
    targets: np.ndarray,
    drawn: np.ndarray,
    random: np.random.Generator,
) -> Any:
    """A tree of a forest, fitted to a sample of a sample of trials."""
    from sklearn.tree import DecisionTreeRegressor

    sample = random.choice(drawn, len(drawn))
    tree = DecisionTreeRegressor(
        min_samples_leaf=_LEAF,
        max_features=0.6,
        random_state=int(random.integers(2**31)),
    )
    tree.fit(features[sample], targets[sample], check_input=False)
    return tree.tree_


def _columns(
    configurations: Sequence[Mapping[str, Value]],
) -> dict[str, np.ndarray]:
    """Numbers for the values of what varied, by its name; -1 where it is not used."""
    names = sorted({name for values in configurations for name in values})
    columns = {
        name: _coded([values.get(name) for values in configurations]) for name in names
    }
    return {name: c for name, c in columns.items() if len(np.unique(c)) > 1}


def _coded(values: Sequence[Value | None]) -> np.ndarray:
    """Ranks of numbers, or of texts by alphabet, among the values that were tried."""
    known = sorted({v for v in values if v is not None}, key=_order)
    places = {_order(value): place for place, value in enumerate(known)}
    return np.array([-1 if v is None else places[_order(v)] for v in values], float)


def _order(value: Value) -> tuple[bool, float, str]:
    is_text = isinstance(value, str)
    return is_text, 0.0 if is_text else float(value), str(value)
