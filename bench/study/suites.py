"""Suites: data sets x families x tuners x seeds, each with one budget, from a file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.errors import BenchError, UsageError, shown, unknown
from bench.records import Budget, SearchRequest, StudySpec, options_of
from bench.records.wording import budget_text, data_set_title
from bench.study import config_file
from bench.study.requests import assemble
from search_spaces import FAMILY_OPTIONS

CROSSED = ("dataset", "seed", "family", "tuner")
"""Options that may be lists; all combinations are studied, the last varies first."""

STUDIES = "studies"
"""The tables of a suite; each overrides what stands above them."""

MAX_STUDIES = 10_000
"""Studies of the largest suite; each of them is prepared and listed."""

_OF_STUDIES = (
    *options_of(StudySpec).values(),
    *options_of(Budget).values(),
    *FAMILY_OPTIONS,
    options_of(SearchRequest)["variants"],
    options_of(SearchRequest)["repeats"],
)
_KNOWN = ("family", *(option.name for option in _OF_STUDIES))


def read(path: Path, given: Mapping[str, Any]) -> list[SearchRequest]:
    """Read the studies of a suite, in the order in which they are run.

    Args:
        path: Of a TOML file.
        given: Options of the command; they take precedence over those of the file.

    Returns:
        A request for each task, so that its data set is loaded once.

    Raises:
        BenchError: The file can't be read, or asks for what can't be done.
    """
    content = _content(path)
    tables = content.pop(STUDIES, None)
    asked = {shown(str(path)): content}
    if tables is not None:
        asked = {
            f"{STUDIES}[{number}] of {shown(str(path))}": {**content, **table}
            for number, table in enumerate(_tables(tables, path))
        }
    _check_count(asked.values(), path)
    given = {name: value for name, value in given.items() if value is not None}
    requests: list[SearchRequest] = []
    for where, table in asked.items():
        try:
            requests += _requests(table, given)
        except BenchError as error:
            raise type(error)(f"{error} (in {where})") from error
    _check_can_run(requests, path)
    return requests


def listed(request: SearchRequest) -> list[dict[str, Any]]:
    """The studies of a request as rows of a table."""
    return [
        {
            "dataset": data_set_title(spec),
            "family": spec.family,
            "tuner": spec.searcher,
            "seed": spec.seed,
            "budget": budget_text(spec),
            "seeds": spec.seeds,
            "variants": request.variants or "",
        }
        for spec in request.specs
    ]


def _content(path: Path) -> dict[str, Any]:
    return config_file.content(path, "a suite", "see suites/quick.toml")


def _tables(tables: Any, path: Path) -> list[dict[str, Any]]:
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise UsageError(
            f"the studies of a suite must be tables [[{STUDIES}]]; those of "
            f"{shown(str(path))} are not: see suites/binary.toml"
        )
    return tables


def _check_count(tables: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Refuse more studies than a suite may have, before any of them is made."""
    count = sum(
        _repeats(table)
        * math.prod(len(_list(table[name])) for name in CROSSED if name in table)
        for table in tables
    )
    if count > MAX_STUDIES:
        raise UsageError(
            f"a suite may ask for {MAX_STUDIES:,} studies; {shown(str(path))} asks for "
            f"{count:,}: divide it among several files"
        )


def _repeats(table: Mapping[str, Any]) -> int:
    """Number of repeats of a table; what is no number is refused later."""
    repeats = table.get("repeats", 1)
    return repeats if isinstance(repeats, int) else 1


def _check_can_run(requests: Sequence[SearchRequest], path: Path) -> None:
    specs = [spec for request in requests for spec in request.specs]
    if not specs:
        raise UsageError(
            f"a suite must name studies; {shown(str(path))} names none: see "
            "suites/quick.toml"
        )
    if len(backends := sorted({spec.backend for spec in specs})) > 1:
        raise UsageError(
            f"a suite runs on one backend, not on {' and '.join(backends)}: make a "
            "suite of each"
        )


def _requests(
    asked: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[SearchRequest]:
    """One request for each task that a table of the file asks for, and each repeat."""
    for name in asked:
        if name not in _KNOWN:
            listing = f"a suite may set {', '.join(_KNOWN)}"
            raise UsageError(unknown("option of a suite", name, _KNOWN, listing))
    if "family" not in asked:
        raise UsageError(
            'a suite must name families; this one names none: add family = ["vgg"]'
        )
    rest = {name: value for name, value in asked.items() if name not in CROSSED}
    crossed = {name: _list(asked[name]) for name in CROSSED if name in asked}
    families = crossed.pop("family")
    tuners = crossed.pop("tuner", [StudySpec.tuner])
    for values in itertools.product(*crossed.values()):
        options = {**rest, **dict(zip(crossed, values, strict=True)), **given}
        by_tuner = [assemble(families, {**options, "tuner": t}) for t in tuners]
        if any(request.adds_time for request in by_tuner):
            raise UsageError(
                "time that is added extends a single finished search; a suite takes "
                f"whole durations, not {shown(options['time'])}: leave out the plus"
            )
        specs = tuple(spec for request in by_tuner for spec in request.specs)
        if specs:
            yield from replace(by_tuner[0], specs=specs).one_by_one()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
