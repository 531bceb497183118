"""What the shell offers to complete. It must answer fast: nothing imports Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from bench.errors import BenchError
from search_spaces import FAMILIES
from search_spaces.parts.options import Option

Offers = Iterator[tuple[str, str]]
"""Words with a description each."""

Completer = Callable[..., list[tuple[str, str]]]


def families(incomplete: str) -> list[tuple[str, str]]:
    """Names of families."""
    described = ((name, entry.description) for name, entry in FAMILIES.items())
    return _beginning(incomplete, described)


def studies(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Studies of the results folder, by the beginnings of their ids."""
    return _beginning(incomplete, _studies(ctx.params.get("results")))


def of_option(option: Option) -> Completer | None:
    """Completes the values of an option; None if any text may be one."""
    if option.choices:
        choices = [(choice, "") for choice in option.choices]
        return lambda incomplete: _beginning(incomplete, choices)
    return _COMPLETERS.get(option.name)


def _datasets(incomplete: str) -> list[tuple[str, str]]:
    from bench import datasets

    named = ((name, info.description) for name, info in datasets.DATASETS.items())
    return _beginning(incomplete, named)


def _tuners(incomplete: str) -> list[tuple[str, str]]:
    from bench.searchers import TUNERS

    described = ((name, entry.description) for name, entry in TUNERS.items())
    return _beginning(incomplete, described)


def _schedules(incomplete: str) -> list[tuple[str, str]]:
    from bench.searchers import SCHEDULES

    return _beginning(incomplete, ((name, "") for name in SCHEDULES))


def _backends(incomplete: str) -> list[tuple[str, str]]:
    from bench.training.backend import BACKENDS

    return _beginning(incomplete, ((name, "") for name in BACKENDS))


def _hyperparameters(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of hyperparameters, the last of several that commas separate."""
    before, comma, last = incomplete.rpartition(",")
    found = _beginning(last, _declared(ctx))
    return [(f"{before}{comma}{name}", text) for name, text in found]


def _values(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """``NAME=VALUE`` of hyperparameters: first the name, then a value of a choice."""
    name, equals, _ = incomplete.partition("=")
    if not equals:
        named = ((f"{found}=", text) for found, text in _declared(ctx))
        return _beginning(incomplete, named)
    values = _spaces(ctx).get(name)
    offered = [] if values is None else values.values
    return _beginning(incomplete, ((f"{name}={value}", "") for value in offered))


def _declared(ctx: typer.Context) -> Offers:
    for name, declared in _spaces(ctx).items():
        yield name, "" if declared is None else declared.text


def _spaces(ctx: typer.Context) -> Mapping[str, Any]:
    """Hyperparameters of the families that were typed, by name."""
    from bench.searchers.declared import spaces

    found: dict[str, Any] = {}
    # While the line has no end, the parser leaves arguments where they are.
    for family in (*(ctx.params.get("families") or ()), *ctx.args):
        found |= spaces().get(family, {})
    return found


def _studies(results: Path | None) -> Offers:
    from bench.records.wording import study_name
    from bench.store import Store

    try:
        with Store(results or Path("results"), read_only=True) as store:
            for study in store.studies():
                yield study.id[:8], study_name(study.spec)
    except BenchError:  # there is none, or it can't be read
        return
    yield "best", "the first row of the board"


def _beginning(incomplete: str, offered: Any) -> list[tuple[str, str]]:
    return [(word, text) for word, text in offered if word.startswith(incomplete)]


_COMPLETERS: Mapping[str, Completer] = {
    "dataset": _datasets,
    "tuner": _tuners,
    "schedule": _schedules,
    "backend": _backends,
    "only": _hyperparameters,
    "variants": _hyperparameters,
    "fix": _values,
    "space": _values,
}
