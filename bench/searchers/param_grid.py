"""A search space as scikit-learn takes it: lists of values, or distributions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.errors import SpaceError
from bench.records import EVERY, Value
from bench.searchers import Accepts
from bench.searchers.space import active

MOST_CANDIDATES = 200
"""Of a grid that is searched without saying how many of them."""

MOST_VALUES = 10
"""Of a number that is laid out value by value."""

DRAWS = 20
"""Candidates that are drawn for each that is wanted, where a cap refuses some."""

POINTS = 5
"""Values of a number that has more, or any in a range."""

Grid = dict[str, list[Value]]
"""Values of the searched hyperparameters that are active together."""


def values(entry: Any) -> list[Value]:
    """The values of a hyperparameter on a grid.

    A number with more than ten is laid out on five of them, ends included, evenly or,
    where it is drawn on a logarithmic scale, by equal factors.
    """
    if not isinstance(entry, kinds.Int | kinds.Float):
        return [_plain(value) for value in entry.values]
    low, high = entry.min_value, entry.max_value
    is_whole = isinstance(entry, kinds.Int)
    if entry.step is not None:
        listed = [_plain(value) for value in entry.values]
    elif is_whole and high - low < MOST_VALUES:
        listed = list(range(low, high + 1))
    else:
        points = _points(low, high, entry.sampling)
        return list(dict.fromkeys(map(round, points) if is_whole else points))
    if len(listed) <= MOST_VALUES:
        return listed
    numbers = np.array(listed)
    points = _points(numbers[0], numbers[-1], entry.sampling)
    nearest = [int(np.abs(numbers - point).argmin()) for point in points]
    return [listed[index] for index in dict.fromkeys(nearest)]


def grids(
    space: HyperParameters, laid_out: Callable[[Any], Any] = values
) -> list[dict[str, Any]]:
    """The searched part of a space, a grid for each set of met conditions.

    Args:
        space: Narrowed; what is fixed stays out of the grids.
        laid_out: Gives the values, or the distribution, of a hyperparameter that no
            condition refers to.
    """
    givers = {c.name for entry in space.space for c in entry.conditions}
    grids: list[dict[str, Any]] = [{}]
    fixed = {e.name: e.value for e in space.space if isinstance(e, kinds.Fixed)}
    for entry in space.space:
        if isinstance(entry, kinds.Fixed):
            continue
        grown = []
        for grid in grids:
            if not _is_met(entry, grid, fixed):
                grown.append(grid)
            elif entry.name in givers:
                grown += [grid | {entry.name: [value]} for value in values(entry)]
            else:
                grown.append(grid | {entry.name: laid_out(entry)})
        grids = grown
    return grids


def grid(
    space: HyperParameters, trials: int, seed: int, accepts: Accepts | None
) -> list[Grid]:
    """Grids with at most so many candidates; of more a sample, spread at random.

    Args:
        space: Narrowed.
        trials: ``EVERY`` for all, of which there must be at most 200.
        seed: Of the sample, below 2**32.
        accepts: Says which candidates may be tried; None for all.

    Raises:
        SpaceError: There are too many of them, or none at all.
    """
    whole = grids(space)
    count = size(whole)
    _check_size(count, trials)
    if count <= trials and accepts is None:
        return whole
    from sklearn.model_selection import ParameterGrid

    if count <= trials:
        candidates = list(ParameterGrid(whole))
    else:
        candidates = _drawn(whole, min(count, trials * _draws(accepts)), seed)
    return [_alone(one) for one in _accepted(space, candidates, accepts)[:trials]]


def distributions(
    space: HyperParameters, trials: int, seed: int, accepts: Accepts | None
) -> list[dict[str, Any]]:
    """What RandomizedSearchCV draws from; with a cap, what is left after drawing."""
    whole = grids(space, _distribution)
    if accepts is None:
        return whole
    drawn = _drawn(whole, trials * _draws(accepts), seed)
    return [_alone(one) for one in _accepted(space, drawn, accepts)[:trials]]


def size(grids: list[dict[str, Any]]) -> int:
    """How many candidates grids have, all of lists."""
    return sum(int(np.prod([len(v) for v in one.values()])) for one in grids)


def plain(candidate: Mapping[str, Any]) -> dict[str, Value]:
    """A candidate as scikit-learn has it, in Python's own types."""
    return {name: _plain(value) for name, value in candidate.items()}


def _draws(accepts: Accepts | None) -> int:
    """Candidates to draw for each that is wanted: a cap refuses some."""
    return 1 if accepts is None else DRAWS


def _drawn(grids: list[dict[str, Any]], count: int, seed: int) -> list[Any]:
    from sklearn.model_selection import ParameterSampler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are fewer
        return list(ParameterSampler(grids, count, random_state=seed))


def _accepted(
    space: HyperParameters, candidates: Any, accepts: Accepts | None
) -> list[dict[str, Value]]:
    listed = [plain(candidate) for candidate in candidates]
    if accepts is None:
        return listed
    left = [one for one in listed if accepts(active(space, one))]
    if not left:
        raise SpaceError(
            "a search needs a candidate that may be tried; all of these have more "
            "parameters than the cap: raise --max-parameters, or search other values"
        )
    return left


def _check_size(size: int, trials: int) -> None:
    if trials == EVERY and size > MOST_CANDIDATES:
        raise SpaceError(
            f"a grid of at most {MOST_CANDIDATES} candidates is searched; this one has "
            f"{size:,}: search fewer hyperparameters with --only, hold some with "
            "--fix, draw candidates with --tuner sklearn-random, or say with --trials "
            "how many of the grid to try"
        )


def _alone(candidate: Mapping[str, Value]) -> Grid:
    return {name: [value] for name, value in candidate.items()}


def _is_met(entry: Any, grid: Mapping[str, Any], fixed: Mapping[str, Value]) -> bool:
    return all(
        (fixed[c.name] if c.name in fixed else grid.get(c.name, [None])[0]) in c.values
        for c in entry.conditions
    )


def _points(low: float, high: float, sampling: str | None) -> list[float]:
    space = np.geomspace if sampling == "log" else np.linspace
    inner = [float(f"{point:.2g}") for point in space(low, high, POINTS)[1:-1]]
    return [low, *inner, high]


def _distribution(entry: Any) -> Any:
    if not isinstance(entry, kinds.Float) or entry.step is not None:
        return [_plain(value) for value in entry.values]
    from scipy import stats

    low, high = entry.min_value, entry.max_value
    if entry.sampling == "log":
        return stats.loguniform(low, high)
    return stats.uniform(low, high - low)


def _plain(value: Any) -> Value:
    """A value in Python's own type, without the noise of adding up steps."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return float(f"{plain:.12g}") if isinstance(plain, float) else plain
