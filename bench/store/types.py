"""Checks that the values of a record are of the types that it declares.

JSON that was damaged on a disk may well be JSON still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
Check = Callable[[Any], bool]


def typed(record: Record) -> Record:
    """The record itself, if its values are of the types of its fields.

    Raises:
        TypeError: The message names the field.
    """
    kind: Any = type(record)
    for name, matches in _checks(kind).items():
        value = getattr(record, name)
        if not matches(value):
            raise TypeError(f"{name} can't be {value!r}")
    return record


@cache
def _checks(kind: Any) -> dict[str, Check]:
    """A check for each field, made once: stores hold many epochs."""
    return {name: _check(hint) for name, hint in get_type_hints(kind).items()}


def _check(hint: Any) -> Check:
    origin, of = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value: True
    if origin in (Union, UnionType):
        checks = [_check(each) for each in of]
        return lambda value: any(matches(value) for matches in checks)
    if origin is Mapping:
        return _check_mapping(*map(_check, of))
    if origin is tuple:
        return _check_tuple(of)
    if hint in (int, float):
        kinds = (int,) if hint is int else (int, float)
        return lambda value: isinstance(value, kinds) and type(value) is not bool
    if is_dataclass(hint):
        return lambda value: type(value) is hint and bool(typed(value))
    return lambda value: isinstance(value, NoneType if hint is None else hint)


def _check_mapping(key: Check, value: Check) -> Check:
    return lambda given: (
        isinstance(given, Mapping)
        and all(map(key, given))
        and all(map(value, given.values()))
    )


def _check_tuple(of: tuple[Any, ...]) -> Check:
    if of[1:] == (Ellipsis,):
        each = _check(of[0])
        return lambda value: isinstance(value, tuple) and all(map(each, value))
    checks = [_check(hint) for hint in of]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(checks)
        and all(matches(v) for matches, v in zip(checks, value, strict=True))
    )
