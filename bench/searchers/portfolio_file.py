"""Files of configurations that a user gives, to be tried first."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kinds

from bench.errors import SpaceError, shortened, shown
from bench.records import Value
from bench.searchers.declared import check_name
from bench.searchers.measured import Configuration
from bench.searchers.ranges import range_text
from bench.searchers.space import declared


def read(path: str, family: str) -> Sequence[Configuration]:
    """The configurations of a family in a file that a user gives.

    Raises:
        SpaceError: It can't be read, or holds none.
    """
    rule = "--portfolio takes none, or a JSON file of lists of configurations by family"
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise SpaceError(
            f"{rule}; {shown(path)} can't be read ({error.strerror}): check its path"
        ) from error
    except ValueError as error:
        raise SpaceError(
            f"{rule}; {shown(path)} is not JSON ({error}): mend it"
        ) from error
    listed = content.get(family) if isinstance(content, dict) else None
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) for each in listed
    ):
        raise SpaceError(
            f"{rule}; {shown(path)} has none for {family}: add "
            f'{{"{family}": [{{"batch_size": 64}}]}}, for example'
        )
    return listed


def checked(
    path: str, family: str, spaces: Sequence[HyperParameters]
) -> list[Configuration]:
    """The configurations of a family in a file, with values of the right types.

    Args:
        path: The file.
        family: Name of the family.
        spaces: The family's space, then others whose values it may have too.

    Raises:
        SpaceError: As ``read``; or a name is unknown, or a value in no space.
    """
    names = [entry.name for entry in spaces[0].space]
    entries = [entry for space in spaces for entry in space.space]
    found: list[Configuration] = []
    for values in read(path, family):
        for name in values:
            check_name(name, names)
        found.append(
            {
                name: _value(path, [e for e in entries if e.name == name], value)
                for name, value in values.items()
            }
        )
    return found


def _value(path: str, entries: Sequence[Any], value: Any) -> Value:
    """A value of one of the hyperparameters that share a name."""
    for entry in entries:
        if _is_of(entry, value):
            found: Value = type(entry.default)(value)
            return found
    texts = " or ".join(dict.fromkeys(map(range_text, entries)))
    given = shortened(json.dumps(value), 40)
    raise SpaceError(
        f"{entries[0].name} takes {texts}, not {given} as in {shown(path)}: mend the "
        "file"
    )


def _is_of(entry: Any, value: Any) -> bool:
    kind, given = type(entry.default), type(value)
    is_kind = given is kind or (kind is float and given is int)
    return is_kind and declared(entry).contains(value) and _is_on_step(entry, value)


def _is_on_step(entry: Any, value: Any) -> bool:
    if not isinstance(entry, kinds.Int | kinds.Float) or entry.step is None:
        return True
    if entry.sampling == "log":
        count = math.log(value / entry.min_value, entry.step)
    else:
        count = (value - entry.min_value) / entry.step
    return math.isclose(count, round(count), abs_tol=1e-6)
