"""Suites: data sets x families x tuners x seeds, each with one budget, from a file."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.errors import UsageError, unknown
from bench.records import Budget, SearchRequest, StudySpec, options_of
from bench.records.wording import budget_text, dataset_name
from bench.study.requests import assemble
from search_spaces import FAMILY_OPTIONS

CROSSED = ("dataset", "seed", "family", "tuner")
"""Options that may be lists; all combinations are studied, the last varies first."""

STUDIES = "studies"
"""The tables of a suite; each overrides what stands above them."""

_OF_STUDIES = (
    *options_of(StudySpec).values(),
    *options_of(Budget).values(),
    *FAMILY_OPTIONS,
    options_of(SearchRequest)["variants"],
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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"a suite must be a TOML file; {str(path)!r} can't be read as one "
            f"({error}): see suites/quick.toml"
        ) from error
    tables = content.pop(STUDIES, [{}])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise UsageError(
            f"the studies of a suite must be tables [[{STUDIES}]]; those of "
            f"{str(path)!r} are not: see suites/binary.toml"
        )
    given = {name: value for name, value in given.items() if value is not None}
    requests = [
        each for table in tables for each in _requests({**content, **table}, given)
    ]
    _check_can_run(requests, path)
    return requests


def listed(request: SearchRequest) -> list[dict[str, Any]]:
    """The studies of a request as rows of a table."""
    return [
        {
            "dataset": dataset_name(spec.dataset),
            "family": spec.family,
            "tuner": spec.searcher,
            "seed": spec.seed,
            "budget": budget_text(spec),
            "seeds": spec.seeds,
            "variants": request.variants or "",
        }
        for spec in request.specs
    ]


def _check_can_run(requests: Sequence[SearchRequest], path: Path) -> None:
    specs = [spec for request in requests for spec in request.specs]
    if not specs:
        raise UsageError(
            f"a suite must name studies; {str(path)!r} names none: see "
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
    """One request for each task that a table of the file asks for."""
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
    for family in families:
        if not isinstance(family, str):
            raise UsageError(
                f"a suite must name families by text, not {family!r}: see "
                "suites/quick.toml"
            )
    tuners = crossed.pop("tuner", [StudySpec.tuner])
    for values in itertools.product(*crossed.values()):
        options = {**rest, **dict(zip(crossed, values, strict=True)), **given}
        by_tuner = [assemble(families, {**options, "tuner": t}) for t in tuners]
        specs = tuple(spec for request in by_tuner for spec in request.specs)
        if specs:
            yield replace(by_tuner[0], specs=specs)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
