"""Hyperparameters as families declare them, known without Keras.

``declared.json`` holds, for each family of this project, the names of all
hyperparameters that it has on any task, and the values of those that have the same
values on every task; and descriptions for ``described``. ``python -m
bench.searchers.declaring`` writes it. It is left
unread when the families have changed since, so that it never refuses what they take.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import search_spaces
from bench.errors import SpaceError, unknown
from bench.records import Value

FILE = "declared.json"

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_BOOLEANS = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
_KINDS: Mapping[str, type] = {"int": int, "float": float, "str": str}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A hyperparameter and the values that it takes.

    Attributes:
        name: Its name.
        kind: Type of its values: ``int``, ``float``, ``str`` or ``bool``; others can't
            be given as texts.
        default: Its default value.
        text: Its values in words, such as ``1 to 4`` or ``adam, sgd``.
        values: The values of a choice; empty for a range.
        low, high: Ends of a range, included; None for a choice.
    """

    name: str
    kind: str
    default: Value
    text: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None

    def parse(self, text: str) -> Value:
        """A text as a value of the hyperparameter.

        Raises:
            SpaceError: It isn't one.
        """
        value = converted(self.kind, text)
        if value is None or not self.contains(value):
            raise SpaceError(
                f"{self.name} takes {self.text}, not {text!r}: give --fix "
                f"{self.name}={self.default}, for example"
            )
        return value

    def contains(self, value: Value) -> bool:
        if self.low is None or self.high is None:
            return value in self.values
        return not isinstance(value, str) and self.low <= value <= self.high


Space = Mapping[str, Declared | None]
"""Hyperparameters by name; None for one whose values depend on the task."""


def converted(kind: str, text: str) -> Value | None:
    """A text as a value of a kind; None if it isn't one, or is not finite."""
    if kind == "bool":
        return _BOOLEANS.get(text.lower())
    try:
        value: Value = _KINDS[kind](text)
    except (KeyError, ValueError):
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check(family: str, only: Iterable[str], fixed: Mapping[str, object]) -> None:
    """Refuse hyperparameters and values that a family has on no task.

    Args:
        family: A family; nothing is known of those that are not of this project.
        only: Names of hyperparameters.
        fixed: Texts of values by name.

    Raises:
        SpaceError: A name is unknown, or a value is not in its range.
    """
    space = spaces().get(family)
    if space is None:
        return
    for name in (*only, *fixed):
        check_name(name, space)
    for name, text in fixed.items():
        declared = space[name]
        if declared is not None:
            declared.parse(str(text))


def check_name(name: str, names: Iterable[str]) -> None:
    """Refuse the name of a hyperparameter that a family doesn't have.

    Raises:
        SpaceError: It is none of the names.
    """
    known = list(dict.fromkeys(names))
    if name not in known:
        listing = f"this family has {', '.join(known) or 'none'}"
        raise SpaceError(unknown("hyperparameter", name, known, listing))


@cache
def spaces() -> Mapping[str, Space]:
    """What is known of each family; empty if the families have changed since."""
    return {
        family: {name: _declared(values) for name, values in space.items()}
        for family, space in _content().get("families", {}).items()
    }


def described() -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    """Descriptions of hyperparameters by family and size; empty as ``spaces``.

    Sizes other than small have those that differ from small alone.
    """
    found: Mapping[str, Mapping[str, list[dict[str, Any]]]]
    found = _content().get("described", {})
    return found


def _content() -> Mapping[str, Any]:
    """What the file holds; empty if the families have changed since."""
    try:
        text = resources.files("bench.searchers").joinpath(FILE).read_text("utf-8")
    except OSError:
        return {}
    content: Mapping[str, Any] = json.loads(text)
    return content if content["sources"] == sources() else {}


def sources() -> str:
    """Hash of all files that families are made of."""
    root = Path(search_spaces.__file__).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _declared(values: Mapping[str, Any] | None) -> Declared | None:
    if values is None:
        return None
    return Declared(**{**values, "values": tuple(values.get("values", ()))})
