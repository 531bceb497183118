"""The command that asks for a study again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bench.errors import flag
from bench.records import StudySpec
from bench.report.cells import duration
from search_spaces import DENOISING_OPTIONS

# Compared with, so that a command names only what differs from its defaults.
_DEFAULT = StudySpec(family="any")


def search_command(spec: StudySpec) -> str:
    """The command line of a study, without the options that stand at their default.

    Given again, it continues an unfinished study; a results folder other than the
    default has to be added.
    """
    return shlex.join(["python", "-m", "bench", "search", spec.family, *_options(spec)])


def _options(spec: StudySpec) -> Iterator[str]:
    for name in ("dataset", "tuner", "schedule"):
        yield from _option(name, getattr(spec, name), getattr(_DEFAULT, name))
    for name in ("trials", "epochs", "patience"):
        value = getattr(spec.budget, name)
        yield from _option(name, value, getattr(_DEFAULT.budget, name))
    if spec.budget.seconds is not None:
        yield from ("--time", duration(spec.budget.seconds))
    for name in ("seeds", "seed", "validation_fraction", "test_fraction", "backend"):
        yield from _option(name, getattr(spec, name), getattr(_DEFAULT, name))
    if spec.image_size is not None:
        yield from ("--image-size", "x".join(map(str, spec.image_size)))
    for name in (
        "images",
        "folds",
        "weights",
        "max_parameters",
        "fid_network",
        *DENOISING_OPTIONS,
    ):
        value = getattr(spec, name)
        if value is not None:
            yield from _option(name, value, DENOISING_OPTIONS.get(name))
    if spec.only is not None:
        yield from ("--only", ",".join(spec.only))
    for name, value in spec.fixed:
        yield from ("--fix", f"{name}={value}")


def _option(name: str, value: object, default: object) -> Iterator[str]:
    if value != default:
        yield from (flag(name), str(value))
