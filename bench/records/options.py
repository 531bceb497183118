"""Options declared on the fields of records: read, checked and written back.

A field made by ``option`` carries an ``Option``. The command line, suites, the checks
of the records, the command that a report prints and the page of options are all made
from these declarations, so that none of them can disagree.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.errors import UsageError, flag, shown, unknown
from bench.remote import is_url
from search_spaces.parts.options import TRAINING, Option

DATA, BUDGET, SPACE = "Data", "Budget", "Space"
MACHINE, OUTPUT = "Machine", "Output"
GROUPS = (DATA, BUDGET, SPACE, TRAINING, MACHINE, OUTPUT)
"""Headings under which options are listed, in their order."""

_METADATA = "option"

_NOUNS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    Path: "a path",
}
_EXAMPLES = {int: "3", float: "0.5", str: "'name'", bool: "true", Path: "'folder'"}

_MAX_NAME, _MAX_PATH = 255, 4095
"""Bytes of a name and of a path that file systems take."""


def option(
    default: Any,
    help: str,
    *,
    name: str | None = None,
    kind: type | None = None,
    typed_default: Any = ...,
    **declared: Any,
) -> Any:
    """A field of a record that a user may set.

    Args:
        default: Of the field.
        help: As of ``Option``.
        name: Of the option, where it isn't the field's.
        kind: Of the option, where it isn't the field's type.
        typed_default: Of the option, where it isn't the field's.
        declared: Further fields of ``Option``.
    """
    declared |= {"help": help, "name": name, "kind": kind}
    declared["default"] = default if typed_default is ... else typed_default
    return dataclasses.field(default=default, metadata={_METADATA: declared})


@functools.cache
def options_of(record: Any) -> dict[str, Option]:
    """The options that a record declares, by the names of its fields."""
    hints = typing.get_type_hints(record)
    declared = {}
    for field in dataclasses.fields(record):
        if _METADATA in field.metadata:
            values = dict(field.metadata[_METADATA])
            values["name"] = values["name"] or field.name
            values["kind"] = values["kind"] or _plain(hints[field.name])
            declared[field.name] = Option(**values)
    return declared


def check_fields(record: Any) -> None:
    """Check every declared field of a record.

    Raises:
        UsageError: A value lies outside of its option's range.
    """
    kind: Any = type(record)
    for field, declared in options_of(kind).items():
        check(declared, getattr(record, field))


def check(declared: Option, value: Any) -> None:
    """Check a value as it is stored.

    Raises:
        UsageError: The value is none of the choices, or lies outside of the bounds.
    """
    if value is None:
        return
    if declared.choices and value not in declared.choices:
        listing = ", ".join(declared.choices)
        kind = declared.name.replace("_", " ")
        raise UsageError(unknown(kind, str(value), declared.choices, listing))
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    low, high = declared.low, declared.high
    is_within = (low is None or value >= low) and (high is None or value <= high)
    is_bound = declared.excludes_bounds and value in (low, high)
    if not is_within or is_bound or value != value:  # NaN
        raise _out_of_range(declared, value)


def read(declared: Option, given: Any) -> Any:
    """Turn what a user gave, on the command line or in a file, into what is stored.

    This is the one place that checks types: what it returns has the option's kind, or
    is what the option's ``parse`` made of a text.

    Raises:
        UsageError: It is of another kind, can't be parsed, or is out of bounds.
    """
    value = None if given is None else _parsed(declared, given)
    check(declared, value)
    return value


def _parsed(declared: Option, given: Any) -> Any:
    if declared.is_repeatable:
        items = given if isinstance(given, list | tuple) else [given]
        values = [_typed(declared, item) for item in items]
        return declared.parse(values) if declared.parse else tuple(values)
    if declared.parse is None:
        return _typed(declared, given)
    # Such as 64 for an image size; what is stored as it is typed stays a text.
    if _is_number(given) and declared.text is not str:
        return declared.parse(shown(given))
    return declared.parse(_typed(declared, given))


def _typed(declared: Option, given: Any) -> Any:
    """A single value, of the option's kind."""
    if declared.kind is float and _is_number(given):
        return _float(given)
    if declared.kind is Path and isinstance(given, str | Path):
        is_place = declared.parse is not None and is_url(str(given))
        return given if is_place else _path(declared, given)
    if type(given) is not declared.kind:
        raise UsageError(
            f"{flag(declared.name)} takes {_NOUNS[declared.kind]}, not {shown(given)}; "
            f"such as {_example(declared)}"
        )
    if isinstance(given, str) and "\0" in given:
        raise UsageError(
            f"{flag(declared.name)} takes text without null characters, not "
            f"{shown(given)}: leave them out"
        )
    return given


def _path(declared: Option, given: str | Path) -> Path:
    """A path that a file system can hold, whether or not anything is there."""
    path = Path(given)
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    is_long = longest > _MAX_NAME or len(os.fsencode(path)) > _MAX_PATH
    if is_long or "\0" in str(path):
        raise UsageError(
            f"{flag(declared.name)} takes a path of at most {_MAX_PATH:,} bytes and "
            f"names of at most {_MAX_NAME}, without null characters, not "
            f"{shown(str(path))}: give another"
        )
    return path


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer beyond all floats, and so beyond all bounds
        return math.inf if number > 0 else -math.inf


def _example(declared: Option) -> str:
    """A value that the option takes, as it is written in a suite."""
    if declared.choices:
        return repr(declared.choices[0])
    if declared.default is not None and declared.kind is not bool:
        return repr(declared.text(declared.default)).strip("'")
    return _EXAMPLES[declared.kind]


def _out_of_range(declared: Option, value: float) -> UsageError:
    is_text = declared.parse is not None and math.isfinite(_float(value))
    given = declared.text(value) if is_text else shown(value, 40)
    return UsageError(f"{flag(declared.name)} must {_range(declared)}, not {given}")


def _range(declared: Option) -> str:
    low, high = declared.low, declared.high
    if low is None and high is None:
        return "be a number"
    if high is None:
        return f"be {_number(declared, low)} or more"
    if low is None:
        return f"be {_number(declared, high)} or less"
    return f"lie between {_number(declared, low)} and {_number(declared, high)}" + (
        ", both excluded" if declared.excludes_bounds else ""
    )


def _number(declared: Option, value: float | None) -> str:
    if declared.parse is not None:
        return declared.text(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _plain(hint: Any) -> type:
    """The type of a field, without ``| None``."""
    kinds: Iterable[Any] = typing.get_args(hint) or (hint,)
    kind: type = next(kind for kind in kinds if kind is not type(None))
    return kind
