"""Search spaces in scikit-learn's form: lists of values, or distributions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.errors import SpaceError
from bench.records import EVERY, Value
from bench.searchers import Accepts
from bench.searchers.space import active

MAX_CANDIDATES = 200
"""Maximum number of candidates of a grid if the number of trials isn't given."""

MAX_DRAWN_FROM = 10**18
"""Maximum number of candidates of a grid from which a sample is drawn."""

MAX_VALUES = 10
"""Maximum number of values of an integer or a float for which a grid has all."""

DRAWS = 20
"""Number of candidates drawn for each one needed, if some may be refused."""

POINTS = 5
"""Number of grid values of an integer or a float with more than ``MAX_VALUES``."""

Grid = dict[str, list[Value]]
"""Lists of values of the searched hyperparameters that are active together."""


def values(entry: Any) -> list[Value]:
    """Return the values of a hyperparameter on a grid.

    An integer or a float with more than ``MAX_VALUES`` values has ``POINTS`` of them,
    both ends included: evenly spaced, or by equal factors on a logarithmic scale.
    """
    if not isinstance(entry, kinds.Int | kinds.Float):
        return [_plain(value) for value in entry.values]
    low, high = entry.min_value, entry.max_value
    is_whole = isinstance(entry, kinds.Int)
    if entry.step is not None:
        listed = [_plain(value) for value in entry.values]
    elif is_whole and high - low < MAX_VALUES:
        listed = list(range(low, high + 1))
    else:
        points = _points(low, high, entry.sampling)
        return list(dict.fromkeys(map(round, points) if is_whole else points))
    if len(listed) <= MAX_VALUES:
        return listed
    numbers = np.array(listed)
    points = _points(numbers[0], numbers[-1], entry.sampling)
    nearest = [int(np.abs(numbers - point).argmin()) for point in points]
    return [listed[index] for index in dict.fromkeys(nearest)]


def grids(
    space: HyperParameters, choices: Callable[[Any], Any] = values
) -> list[dict[str, Any]]:
    """Return the searched part of a space, as a grid for each set of met conditions.

    Args:
        space: Narrowed space; fixed hyperparameters are left out of the grids.
        choices: Returns the values, or the distribution, of a hyperparameter that no
            condition refers to.
    """
    parents = {c.name for entry in space.space for c in entry.conditions}
    grids: list[dict[str, Any]] = [{}]
    fixed = {e.name: e.value for e in space.space if isinstance(e, kinds.Fixed)}
    for entry in space.space:
        if isinstance(entry, kinds.Fixed):
            continue
        grown = []
        for grid in grids:
            if not _is_met(entry, grid, fixed):
                grown.append(grid)
            elif entry.name in parents:
                grown += [grid | {entry.name: [value]} for value in values(entry)]
            else:
                grown.append(grid | {entry.name: choices(entry)})
        grids = grown
    return grids


def grid(
    space: HyperParameters, trials: int, seed: int, accepts: Accepts | None
) -> list[Grid]:
    """Return grids with at most ``trials`` candidates, a random sample if necessary.

    Args:
        space: Narrowed space.
        trials: Maximum number of candidates; ``EVERY`` for all, of which there must be
            at most ``MAX_CANDIDATES``.
        seed: Seed of the sample, below 2**32.
        accepts: Returns whether a candidate may be tried; None to accept all.

    Raises:
        SpaceError: There are too many candidates, or none is accepted.
    """
    all_grids = grids(space)
    count = size(all_grids)
    _check_size(count, trials)
    if count <= trials and accepts is None:
        return all_grids
    from sklearn.model_selection import ParameterGrid

    if count <= trials:
        candidates = list(ParameterGrid(all_grids))
    else:
        candidates = _drawn(all_grids, min(count, trials * _draws(accepts)), seed)
    return _single_grids(_accepted(space, candidates, accepts)[:trials])


def draws(
    space: HyperParameters,
    trials: int,
    seed: int,
    accepts: Accepts | None,
    starts: Sequence[Mapping[str, Value]] = (),
) -> list[Grid]:
    """Draw candidates as RandomizedSearchCV does, after the default configuration.

    Args:
        space: Narrowed space.
        trials: Number of candidates, the default one included.
        seed: Seed of the draws, below 2**32.
        accepts: Returns whether a candidate may be tried; None to accept all.
        starts: Whole configurations that come right after the default one.

    Returns:
        A grid for each candidate, with one value for each hyperparameter.

    Raises:
        SpaceError: No candidate is accepted.
    """
    count = trials * _draws(accepts)
    drawn = _drawn(grids(space, _distribution), count, seed)
    first = [_searched(space, values) for values in (active(space, {}), *starts)]
    different = [values for values in drawn if plain(values) not in first]
    return _single_grids(_accepted(space, [*first, *different], accepts)[:trials])


def _searched(space: HyperParameters, values: Mapping[str, Value]) -> dict[str, Value]:
    """The part of a configuration that is searched."""
    fixed = {entry.name for entry in space.space if isinstance(entry, kinds.Fixed)}
    return {name: value for name, value in values.items() if name not in fixed}


def size(grids: list[dict[str, Any]]) -> int:
    """Return the number of candidates in grids of lists."""
    return sum(math.prod(len(v) for v in grid.values()) for grid in grids)


def plain(candidate: Mapping[str, Any]) -> dict[str, Value]:
    """Return scikit-learn's candidate with values of Python's types."""
    return {name: _plain(value) for name, value in candidate.items()}


def _draws(accepts: Accepts | None) -> int:
    """Number of candidates to draw for each one needed."""
    return 1 if accepts is None else DRAWS


def _drawn(grids: list[dict[str, Any]], count: int, seed: int) -> list[Any]:
    from sklearn.model_selection import ParameterSampler

    are_lists = all(isinstance(v, list) for grid in grids for v in grid.values())
    if are_lists and size(grids) > MAX_DRAWN_FROM:  # scikit-learn counts in 64 bits
        raise SpaceError(
            f"candidates are drawn from grids of at most {MAX_DRAWN_FROM:.0e} of them; "
            f"this one has {_number(size(grids))}: search fewer "
            "hyperparameters with --only, hold some with --fix, or take --tuner random"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the grids may have fewer candidates
        return list(ParameterSampler(grids, count, random_state=seed))


def _accepted(
    space: HyperParameters, candidates: Any, accepts: Accepts | None
) -> list[dict[str, Value]]:
    listed = [plain(candidate) for candidate in candidates]
    if accepts is None:
        return listed
    accepted = [values for values in listed if accepts(active(space, values))]
    if not accepted:
        raise SpaceError(
            "a search needs a candidate within the parameter limit; all of these have "
            "more parameters: raise --max-parameters, or search other values"
        )
    return accepted


def _check_size(size: int, trials: int) -> None:
    if trials == EVERY and size > MAX_CANDIDATES:
        raise SpaceError(
            f"a grid may have at most {MAX_CANDIDATES} candidates; this one has "
            f"{_number(size)}: search fewer hyperparameters with --only, hold some "
            "with --fix, draw candidates with --tuner sklearn-random, or give the "
            "number of candidates to try with --trials"
        )


def _number(size: int) -> str:
    return f"{size:,}" if size < 10**15 else f"about 10**{int(math.log10(size))}"


def _single_grids(candidates: list[dict[str, Value]]) -> list[Grid]:
    """A grid for each candidate, with one value for each hyperparameter."""
    return [
        {name: [value] for name, value in candidate.items()} for candidate in candidates
    ]


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
    """A value of Python's type, without the rounding errors of added steps."""
    value = value.item() if isinstance(value, np.generic) else value
    return float(f"{value:.12g}") if isinstance(value, float) else value
