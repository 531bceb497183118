"""Search spaces: discovered, narrowed by the user, completed, fingerprinted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from keras_tuner import HyperModel, HyperParameters, oracles
from keras_tuner.engine import hyperparameters as kinds
from keras_tuner.engine.base_tuner import BaseTuner

from bench.errors import FamilyError, SpaceError
from bench.records import Value, digest
from bench.searchers import ranges
from bench.searchers.declared import Declared, check_name
from bench.searchers.ranges import range_text
from bench.training.model_errors import exits_as_errors, one_line
from search_spaces.family import Family
from search_spaces.parts.sizes import Range

MAX_VARIANTS = 10
"""Maximum number of values of a hyperparameter that are compared as variants."""


def discover(hypermodel: HyperModel) -> HyperParameters:
    """Return the search space of a hypermodel, conditional parts included.

    A ``Family`` declares its space without building a model. Any other hypermodel is
    built with its defaults and then once for each condition that was not met so far,
    as Keras Tuner does.

    Raises:
        FamilyError: Building with the defaults failed.
    """
    space = HyperParameters()
    if isinstance(hypermodel, Family):
        hypermodel.declare_hyperparameters(space)
        return space
    with tempfile.TemporaryDirectory() as folder:
        try:
            with exits_as_errors():
                tuner = BaseTuner(
                    oracles.RandomSearchOracle(objective="val_loss"),
                    hypermodel,
                    directory=folder,
                )
        except Exception as error:  # whatever a user's build raises
            raise FamilyError(
                "a family must build with its default hyperparameters; "
                f"{hypermodel.name or type(hypermodel).__name__!r} raised "
                f"{one_line(error)}: mend its build(hp)"
            ) from error
        return tuner.oracle.get_space()


def with_ranges(space: HyperParameters, given: Mapping[str, str]) -> HyperParameters:
    """Return a space in which some hyperparameters have other ranges.

    Args:
        space: The whole space, which stays as it is.
        given: Ranges as texts by the names of the hyperparameters; see ``ranges``.

    Raises:
        SpaceError: A name is unknown, or a range is none of this hyperparameter.
    """
    names = [entry.name for entry in space.space]
    for name in given:
        check_name(name, names)
    changed = HyperParameters()
    for entry in space.space:
        text = given.get(entry.name)
        changed.merge([entry if text is None else ranges.changed(entry, text)])
    return changed


def of_size(space: HyperParameters, given: Mapping[str, Range]) -> HyperParameters:
    """Return a space with the ranges and the defaults of a size.

    Args:
        space: As the family declares it; it stays as it is.
        given: Ranges by the names of the hyperparameters, as the family declares them.
            Those that the family does not have on this task are left out.
    """
    sized = HyperParameters()
    for entry in space.space:
        size = given.get(entry.name)
        sized.merge([entry if size is None else ranges.sized(entry, size)])
    return sized


def narrow(
    space: HyperParameters,
    only: Iterable[str] | None,
    fixed: Mapping[str, Value],
) -> HyperParameters:
    """Return a space in which only some hyperparameters are searched.

    Args:
        space: The whole space, which stays as it is.
        only: Names of the hyperparameters that are searched, while others have their
            defaults; None for all.
        fixed: Values of fixed hyperparameters by their names.

    Raises:
        SpaceError: A name is unknown, or both searched and fixed.
    """
    searched = None if only is None else set(only)
    names = [entry.name for entry in space.space]
    for name in [*(searched or ()), *fixed]:
        check_name(name, names)
    if both := sorted((searched or set()) & set(fixed)):
        raise SpaceError(
            f"a hyperparameter is either searched or fixed; {both[0]!r} is in both "
            "--only and --fix: leave it out of one"
        )
    narrowed = HyperParameters()
    for entry in space.space:
        if entry.name in fixed:
            entry = _held(entry, fixed[entry.name])
        elif searched is not None and entry.name not in searched:
            entry = _held(entry, entry.default)
        narrowed.merge([entry])
    return narrowed


def few_values(space: HyperParameters, name: str, family: str) -> list[Value]:
    """Return all values of a hyperparameter that has at most ``MAX_VARIANTS``.

    Args:
        space: The whole space.
        name: Name of the hyperparameter.
        family: Name of the family, for the message.

    Raises:
        SpaceError: There is no hyperparameter of this name with 2 to ``MAX_VARIANTS``
            values.
    """
    few = {
        entry.name: list(entry.values)
        for entry in space.space
        if not isinstance(entry, kinds.Float)
        and 1 < len(list(entry.values)) <= MAX_VARIANTS
    }
    if name not in few:
        raise SpaceError(
            f"--variants takes a hyperparameter with at most {MAX_VARIANTS} values, "
            f"not {name!r}; on this task {family} has {', '.join(sorted(few))}"
        )
    return few[name]


def parse_fixed(space: HyperParameters, given: Mapping[str, Value]) -> dict[str, Value]:
    """Convert texts to values of the hyperparameters' types.

    Args:
        space: The whole space.
        given: Texts by the names of the hyperparameters.

    Raises:
        SpaceError: A name is unknown, or a value is not in its range.
    """
    entries: dict[str, Any] = {}
    for entry in space.space:  # the first of those that share a name
        entries.setdefault(entry.name, entry)
    values: dict[str, Value] = {}
    for name, text in given.items():
        check_name(name, entries)
        values[name] = declared(entries[name]).parse(str(text))
    return values


def active(space: HyperParameters, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return a whole configuration: values or defaults of the active hyperparameters.

    Args:
        space: The whole space.
        values: Values by name; other hyperparameters get their defaults. Values of
            inactive hyperparameters are left out.
    """
    configuration = HyperParameters()
    for entry in space.space:
        configuration.merge([entry])
        if configuration.is_active(entry):
            configuration.values[entry.name] = values.get(entry.name, entry.default)
        else:
            configuration.values.pop(entry.name, None)
    return dict(configuration.values)


def fingerprint(space: HyperParameters, source_fingerprint: str) -> str:
    """Return a hash of a space and of the fingerprint of the files that declare it."""
    config = json.dumps(space.get_config()["space"], sort_keys=True, default=str)
    return digest(config, source_fingerprint)


def _held(entry: Any, value: Value) -> Any:
    return kinds.Fixed(entry.name, value, conditions=entry.conditions)


def declared(entry: Any) -> Declared:
    """A hyperparameter of Keras Tuner as a plain record."""
    is_range = isinstance(entry, kinds.Int | kinds.Float)
    return Declared(
        name=entry.name,
        kind=type(entry.default).__name__,
        default=entry.default,
        text=range_text(entry),
        values=() if is_range else tuple(entry.values),
        low=entry.min_value if is_range else None,
        high=entry.max_value if is_range else None,
    )
