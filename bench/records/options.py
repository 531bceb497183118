"""Options declared on the fields of records: read, checked and written back.

A field made by ``option`` carries an ``Option``. The command line, suites, the checks
of the records, the command that a report prints and the table of the README are all
made from these declarations, so that none of them can disagree.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import typing
from collections.abc import Iterable
from typing import Any

from bench.errors import UsageError, flag, unknown
from search_spaces.parts.options import Option

_METADATA = "option"


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
    if not is_within or is_bound or math.isnan(value):
        raise UsageError(f"{flag(declared.name)} must {_range(declared)}, not {value}")


def read(declared: Option, given: Any) -> Any:
    """Turn what a user gave, on the command line or in a file, into what is stored.

    Raises:
        UsageError: It is of another kind, or can't be parsed.
    """
    if given is None:
        return None
    if declared.is_repeatable:
        given = given if isinstance(given, list | tuple) else [given]
        return declared.parse(list(given)) if declared.parse else tuple(given)
    if declared.parse is not None:
        return declared.parse(str(given))
    return _typed(declared, given)


def _typed(declared: Option, given: Any) -> Any:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if declared.kind is float and is_number:
        return float(given)
    if declared.kind in (int, float, str, bool) and type(given) is not declared.kind:
        nouns = {int: "a whole number", float: "a number", str: "text", bool: "true"}
        wanted = nouns[declared.kind]
        raise UsageError(f"{flag(declared.name)} takes {wanted}, not {given!r}")
    return given


def _range(declared: Option) -> str:
    low, high = declared.low, declared.high
    if low is None and high is None:
        return "be a number"
    if high is None:
        return f"be {low:g} or more"
    if low is None:
        return f"be {high:g} or less"
    return f"lie between {_number(low)} and {_number(high)}" + (
        ", both excluded" if declared.excludes_bounds else ""
    )


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _plain(hint: Any) -> type:
    """The type of a field, without ``| None``."""
    kinds: Iterable[Any] = typing.get_args(hint) or (hint,)
    kind: type = next(kind for kind in kinds if kind is not type(None))
    return kind
