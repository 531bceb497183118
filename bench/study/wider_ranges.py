"""Search spaces with ranges of the user's, which the family must be able to build."""

from __future__ import annotations

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.errors import SpaceError
from bench.records import StudySpec, Value
from bench.searchers import space as search_space
from bench.training import models
from bench.training.hypermodel import FamilySource
from bench.training.model_errors import exits_as_errors, one_line


def applied(
    spec: StudySpec, source: FamilySource, space: HyperParameters
) -> HyperParameters:
    """The search space of a study with the ranges that the user gave.

    A family of ours is built at both ends of a range, the other hyperparameters at
    their defaults. A model from elsewhere shows in its trials what it can build.

    Args:
        spec: Says the ranges.
        source: The family.
        space: Its whole search space.

    Raises:
        SpaceError: A range is none of its hyperparameter, or can't be built.
    """
    changed = search_space.with_ranges(space, dict(spec.ranges))
    if source.family is not None:
        for name, _ in spec.ranges:
            for value in _ends(changed, name):
                _check_built(source, changed, name, value)
    return changed


def _ends(space: HyperParameters, name: str) -> list[Value]:
    """Smallest and largest value of a hyperparameter, or all values that are words."""
    entry = next(each for each in space.space if each.name == name)
    if isinstance(entry, kinds.Int | kinds.Float):
        return [entry.min_value, entry.max_value]
    values = list(entry.values)
    is_number = all(isinstance(value, int | float) for value in values)
    return [min(values), max(values)] if is_number else values


def _check_built(
    source: FamilySource, space: HyperParameters, name: str, value: Value
) -> None:
    configuration = search_space.active(space, {name: value})
    if name not in configuration:  # its condition isn't met by the defaults
        return
    try:
        with exits_as_errors():
            models.build(source, configuration, seed=0)
    except Exception as error:  # whatever Keras raises
        raise SpaceError(
            f"--space must stay within what a family can build; with {name}={value} "
            f"building raised {one_line(error)}: choose a smaller range"
        ) from error
