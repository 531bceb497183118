"""The best configuration of a study, written for those who go on with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.records import IN_PAIRS, StudySpec, Value
from bench.report.command import given_options, search_command

Pairs = Sequence[tuple[str, Value]]


def as_toml(spec: StudySpec, hyperparameters: Mapping[str, Value]) -> str:
    """A configuration as a file that ``search --config`` takes.

    Args:
        spec: Of the study.
        hyperparameters: The configuration.
    """
    held = _held(spec, hyperparameters)
    lines = [
        f"# The best configuration of: {search_command(spec)}",
        f"# python -m bench search {spec.family} --config FILE trains it again.",
        *(f"{name} = {_toml(value)}" for name, value in _options(held)),
    ]
    for table, pairs in {"space": held.ranges, "fix": held.fixed}.items():
        if pairs:
            lines += ["", f"[{table}]"]
        lines += [f"{_toml(name)} = {_toml(value)}" for name, value in pairs]
    return "\n".join(lines) + "\n"


def as_python(spec: StudySpec, hyperparameters: Mapping[str, Value]) -> str:
    """A configuration as a script that trains it again and loads its model.

    Args:
        spec: Of the study.
        hyperparameters: The configuration.
    """
    held = _held(spec, hyperparameters)
    lines = [
        f"# The best configuration of: {search_command(spec)}",
        "import bench",
        "",
        "study = bench.search(",
        f"    {spec.family!r},",
        *(f"    {name}={value!r}," for name, value in _options(held)),
        *_mapping("space", held.ranges),
        *_mapping("fix", held.fixed),
        ")",
        "model = study.model()  # a Keras model that takes images as they are",
    ]
    return "\n".join(lines) + "\n"


def _mapping(option: str, pairs: Pairs) -> Iterator[str]:
    """Lines of an argument that is a dictionary; none if it is empty."""
    if pairs:
        yield f"    {option}={{"
        yield from (f"        {name!r}: {value!r}," for name, value in pairs)
        yield "    },"


def _held(spec: StudySpec, hyperparameters: Mapping[str, Value]) -> StudySpec:
    """A study of one configuration, which is trained once and tested as before."""
    return replace(
        spec,
        budget=replace(spec.budget, trials=1, seconds=None),
        tuner="random",
        schedule=None,
        folds=None,
        ensemble=0,
        portfolio=None,
        only=None,
        fixed=tuple(hyperparameters.items()),
    )


def _options(spec: StudySpec) -> Iterator[tuple[str, Any]]:
    """Options other than their defaults, as they are typed; pairs left out."""
    for option, value in given_options(spec):
        if option.name in IN_PAIRS:
            continue
        if option.kind is str and not isinstance(value, str):
            value = option.text(value)
        yield option.name, value


def _toml(value: Any) -> str:
    """A text, a number or a truth value in TOML, which writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)
