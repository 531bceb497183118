"""Suites: data sets x families x tuners x seeds, each with one budget, from a file."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import UsageError, unknown
from bench.records import StudySpec
from bench.study import specs as arguments
from search_spaces import DENOISING_OPTIONS

CROSSED = ("dataset", "seed", "family", "tuner")
"""What may be a list; each of one goes with each of the others, the last first."""

OPTIONS = (
    *CROSSED,
    "schedule",
    "trials",
    "epochs",
    "patience",
    "time",
    "seeds",
    "only",
    "fix",
    "variants",
    "folds",
    "weights",
    "max_parameters",
    *DENOISING_OPTIONS,
    "fid_network",
    "validation_fraction",
    "test_fraction",
    "image_size",
    "images",
    "backend",
)
"""What a suite may say of its studies, each meaning what it means for ``search``."""

STUDIES = "studies"
"""The tables of a suite, each over what stands above them."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Studies on one task.

    Attributes:
        specs: Alike in their data set and all that divides it.
        variants: As of ``search``.
    """

    specs: Sequence[StudySpec]
    variants: str | None


def read(path: Path, **given: Any) -> list[Group]:
    """The studies of a suite, in the order in which they are run.

    Args:
        path: Of a TOML file.
        given: Options that go before those of the file.

    Raises:
        BenchError: The file can't be read, or what it says can't be done.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"a suite must be a TOML file; {str(path)!r} can't be read as one "
            f"({error}): see suites/quick.toml"
        ) from error
    tables = said.pop(STUDIES, [{}])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise UsageError(
            f"the studies of a suite must be tables [[{STUDIES}]]; those of "
            f"{str(path)!r} are not: see suites/binary.toml"
        )
    groups = [
        group for table in tables for group in _groups({**said, **table, **given})
    ]
    _check_can_run(groups, path)
    return groups


def _check_can_run(groups: Sequence[Group], path: Path) -> None:
    specs = [spec for group in groups for spec in group.specs]
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


def listed(group: Group) -> list[dict[str, Any]]:
    """The studies of a group as rows of a table."""
    from bench.report.cells import budget_text, dataset_name

    return [
        {
            "dataset": dataset_name(spec.dataset),
            "family": spec.family,
            "tuner": spec.searcher,
            "seed": spec.seed,
            "budget": budget_text(spec),
            "seeds": spec.seeds,
            "variants": group.variants or "",
        }
        for spec in group.specs
    ]


def _groups(options: Mapping[str, Any]) -> Iterator[Group]:
    for name in options:
        if name not in OPTIONS:
            listing = f"a suite may say {', '.join(OPTIONS)}"
            raise UsageError(unknown("option of a suite", name, OPTIONS, listing))
    if "family" not in options:
        raise UsageError(
            'a suite must name families; this one names none: add family = ["vgg"]'
        )
    rest = {name: value for name, value in options.items() if name not in CROSSED}
    variants = rest.pop("variants", None)
    crossed = {name: _list(options[name]) for name in CROSSED if name in options}
    families = crossed.pop("family")
    tuners = crossed.pop("tuner", ["hyperband"])
    for values in itertools.product(*crossed.values()):
        task = dict(zip(crossed, values, strict=True))
        specs = [
            spec
            for tuner in tuners
            for spec in arguments.specs(families, tuner=tuner, **task, **_listed(rest))
        ]
        if specs:
            yield Group(specs=specs, variants=variants)


def _listed(rest: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they are typed: what may be repeated is a list."""
    made = dict(rest)
    for name in ("only", "fix"):
        if name in made:
            made[name] = _list(made[name])
    for name in ("time", "image_size"):
        if name in made:
            made[name] = str(made[name])
    return made


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
