"""The command that repeats or continues a study."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from bench.errors import flag
from bench.records import Budget, StudySpec
from bench.records.options import options_of
from search_spaces import FAMILY_OPTIONS
from search_spaces.parts.options import Option

# The command leaves out options that have the values of this study.
_DEFAULT = StudySpec(family="any")


def search_command(spec: StudySpec) -> str:
    """The command line of a study, without options that have their default values.

    An unfinished study continues when the command is given again. The results folder
    is not part of it; ``--results`` must be added if it isn't the default.
    """
    return shlex.join(["python", "-m", "bench", "search", spec.family, *_options(spec)])


def _options(spec: StudySpec) -> Iterator[str]:
    for field, option in options_of(StudySpec).items():
        yield from _option(option, getattr(spec, field), getattr(_DEFAULT, field))
    for field, option in options_of(Budget).items():
        default = getattr(_DEFAULT.budget, field)
        yield from _option(option, getattr(spec.budget, field), default)
    for option in FAMILY_OPTIONS:
        value = spec.options.get(option.name, option.default)
        yield from _option(option, value, option.default)


def _option(option: Option, value: Any, default: Any) -> Iterator[str]:
    if value == default or value is None:
        return
    if option.kind is bool:
        yield flag(option.name)
    elif option.name == "fix":
        for name, held in value:
            yield from (flag(option.name), f"{name}={held}")
    else:
        yield from (flag(option.name), option.text(value))
