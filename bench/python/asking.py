"""Requests made of what a user of Python gives: names, objects and options."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.datasets import given as given_datasets
from bench.datasets import kind_of_file
from bench.datasets.groups import is_own_place
from bench.errors import FamilyError, UsageError, shown
from bench.records import IN_MEMORY, FamilyDefinition, SearchRequest, StudySpec
from bench.study.requests import request
from bench.text import complain
from bench.training import backend, by_value

UNNAMED = "arrays"
"""Name of a data set that is given as an object without ``name``."""


def asked(
    family: Any, dataset: Any, name: str | None, options: Mapping[str, Any]
) -> SearchRequest:
    """The request of a search; the same as that of the command with these options.

    Args:
        family: A name, class, function or hypermodel, or a list of these.
        dataset: As ``bench.search`` takes it; None for the default.
        name: Of the data set in titles; None for that of its folder or file.
        options: Keyword arguments.

    Raises:
        BenchError: As the command line's errors; or an object can't be used.
    """
    places = _places(family)
    values = {key: _typed(key, value) for key, value in options.items()}
    values["dataset"], is_object = _dataset(dataset, name)
    values["name"] = None if is_object else name
    values["backend"] = _backend(values.get("backend"))
    values["groups"], groups = _groups(options.get("groups"))
    made = request([_name(place) for place in places], values)
    made = replace(made, specs=_defined(made.specs, places))
    if not is_object:
        return replace(made, source=replace(made.source, groups=groups))
    named = values["groups"]
    is_column = groups is None and named is not None and not is_own_place(named)
    images = given_datasets.source(
        dataset,
        image_size=made.specs[0].image_size,
        skip_unreadable=made.source.skip_unreadable,
        groups=named if is_column else groups,
    )
    return replace(made, source=replace(made.source, in_memory=images))


def _places(family: Any) -> list[str | FamilyDefinition]:
    families = list(family) if isinstance(family, list | tuple) else [family]
    if not families:
        raise FamilyError(
            "a search needs a family, not an empty list: give one of bench.families()"
        )
    places = list(dict.fromkeys(map(by_value.place_of, families)))
    names = [_name(place) for place in places]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FamilyError(
            f"families of one search need different names; {twice!r} is given twice: "
            "rename one of them"
        )
    return places


def _name(place: str | FamilyDefinition) -> str:
    return place.name if isinstance(place, FamilyDefinition) else place


def _defined(
    specs: tuple[StudySpec, ...], places: list[str | FamilyDefinition]
) -> tuple[StudySpec, ...]:
    """Specifications that carry the families that are sent by value."""
    defined = {p.name: p for p in places if isinstance(p, FamilyDefinition)}
    return tuple(replace(s, definition=defined.get(s.family)) for s in specs)


def _dataset(dataset: Any, name: str | None) -> tuple[str | None, bool]:
    """The data set's name, and whether it is given as an object."""
    if dataset is None or isinstance(dataset, str | Path):
        return (_path(dataset) if isinstance(dataset, Path) else dataset), False
    name = UNNAMED if name is None else name
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise UsageError(
            f"name= takes printable text, not {shown(name)}; such as 'birds'"
        )
    return f"{IN_MEMORY}:{name}", True


def _path(path: Path) -> str:
    return f"{kind_of_file(path)}:{path}"


def _groups(given: Any) -> tuple[str | None, Any]:
    """How groups are named, and their labels if they are given as an array."""
    if given is None or isinstance(given, str):
        return given, None
    if isinstance(given, Path):
        return str(given), None
    return IN_MEMORY, given_datasets.array_of(given)


def _typed(name: str, value: Any) -> Any:
    """What Python writes as a dictionary or a pair, as the options have it."""
    if name == "image_size" and isinstance(value, list | tuple) and len(value) == 2:
        return f"{value[0]}x{value[1]}"
    return value


def _backend(wanted: Any) -> Any:
    """The backend that was asked for, else the one that Keras runs on already."""
    keras = sys.modules.get("keras")
    if wanted is not None or keras is None:
        return wanted
    running = str(keras.config.backend())
    if running != (usual := backend.choose(None)):
        complain(
            f"Keras already runs on {running!r} in this process, so the search does "
            f"too, not on {usual!r}; restart Python to change that"
        )
    return running
