"""The command that repeats or continues a study."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.datasets.catalogue import DATASETS
from bench.errors import PROGRAM, flag
from bench.machine import default_size, prefers_bfloat16
from bench.records import (
    AUTO,
    BFLOAT16,
    FLOAT32,
    IN_MAIN,
    IN_MEMORY,
    IN_PAIRS,
    SMALLEST_PART,
    Budget,
    StudySpec,
    default_smallest_part,
)
from bench.records.options import options_of
from bench.records.wording import given_name
from search_spaces import FAMILY_OPTIONS
from search_spaces.parts.options import Option

UNKNOWN_SIDE = 2**31
"""Stands for the side of images whose size isn't known."""

# The command leaves out options that have the values of this study.
_DEFAULT = StudySpec(family="any")


def search_command(spec: StudySpec, program: str = PROGRAM) -> str:
    """The command line of a study, without options that have their default values.

    An unfinished study continues when the command is given again. The results folder
    is not part of it; ``--results`` must be added if it isn't the default.

    Args:
        spec: Of the study.
        program: As the toolkit is called.
    """
    is_given = spec.dataset.startswith(f"{IN_MEMORY}:") or spec.groups == IN_MEMORY
    if spec.family.startswith(IN_MAIN) or is_given:
        return _call(spec)
    words = [word for given in given_options(spec) for word in _words(*given)]
    return f"{program} {shlex.join(['search', spec.family, *words])}"


def _call(spec: StudySpec) -> str:
    """The call of a search whose family or data set is an object of Python."""
    family, automatic = spec.family.removeprefix(IN_MAIN), _automatic(spec)
    arguments = [family if family != spec.family else repr(family)]
    dataset = given_name(spec.dataset)
    if dataset != spec.dataset:
        arguments += ["dataset=(X, y)", f"name={dataset!r}"]
        spec = replace(spec, dataset=_DEFAULT.dataset)
    if spec.groups == IN_MEMORY:
        arguments.append("groups=groups")
        spec = replace(spec, groups=None)
    arguments += [f"{name}={value!r}" for name, value in _values(spec, automatic)]
    return f"bench.search({', '.join(arguments)})"


def _values(spec: StudySpec, automatic: str) -> Iterator[tuple[str, Any]]:
    """Options that haven't their defaults, with values as Python has them."""
    for option, value in _given(spec, automatic):
        if option.name in IN_PAIRS:
            yield option.name, dict(value)
        elif option.kind is str and not isinstance(value, str):
            yield option.name, option.text(value)
        else:
            yield option.name, value


def given_options(spec: StudySpec) -> Iterator[tuple[Option, Any]]:
    """Options with values other than their defaults."""
    yield from _given(spec, _automatic(spec))


def _given(spec: StudySpec, automatic: str) -> Iterator[tuple[Option, Any]]:
    """The same, where a command without a precision gets this one."""
    default = replace(_DEFAULT, size=default_size(), precision=automatic)
    if spec.part_rungs and spec.smallest_part is None and not default_smallest_part():
        spec = replace(spec, smallest_part=SMALLEST_PART)
    for field, option in options_of(StudySpec).items():
        if (value := getattr(spec, field)) not in (None, getattr(default, field)):
            yield option, value
    for field, option in options_of(Budget).items():
        value = getattr(spec.budget, field)
        # A command with a time alone goes on for as long as that allows.
        is_meant = field == "trials" and _has_plan(spec)
        if is_meant or value not in (None, getattr(_DEFAULT.budget, field)):
            yield option, value
    for option in FAMILY_OPTIONS:
        if (value := spec.options.get(option.name)) not in (None, option.default):
            yield option, value


def _has_plan(spec: StudySpec) -> bool:
    """Whether the trials are counted although there is a time that could end them.

    Those of scikit-learn's searchers, which have folds, are counted in any case.
    """
    is_timed = spec.budget.seconds is not None and not spec.fills_time
    return is_timed and spec.folds is None


def _automatic(spec: StudySpec) -> str:
    """The precision of a command without one; ``AUTO`` if the images decide that."""
    if spec.precision == AUTO:
        return AUTO
    known = DATASETS.get(spec.dataset)
    side = min(spec.image_size or ((known.side,) if known else (UNKNOWN_SIDE,)))
    if not prefers_bfloat16(spec.family, spec.backend, side):
        return FLOAT32
    return AUTO if side == UNKNOWN_SIDE else BFLOAT16


def _words(option: Option, value: Any) -> Iterator[str]:
    """An option with its value, as words of a command."""
    if option.kind is bool:
        yield flag(option.name)
    elif option.name in IN_PAIRS:
        for name, held in value:
            yield from (flag(option.name), f"{name}={held}")
    else:
        yield from (flag(option.name), option.text(value))
