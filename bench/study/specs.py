"""Turns what was typed into studies' specifications; nothing heavy is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bench import datasets, searchers
from bench.errors import FamilyError, UsageError, flag, unknown
from bench.records import EVERY, Budget, StudySpec, Value
from search_spaces import (
    DENOISING,
    DENOISING_OPTIONS,
    FAMILIES,
    FID_NETWORKS,
    GENERATION,
)

DEFAULT_FOLDS = 3

OF_SOME = ("weights", *DENOISING_OPTIONS, "fid_network")
"""Options that not all families take."""

_UNITS = {"s": 1, "m": 60, "h": 3600}


def specs(
    families: Sequence[str],
    *,
    trials: int | None = None,
    epochs: int = 50,
    patience: int = 5,
    time: str | None = None,
    only: Sequence[str] | None = None,
    fix: Sequence[str] | None = None,
    image_size: str | None = None,
    folds: int | None = None,
    backend: str | None = None,
    **others: Any,
) -> list[StudySpec]:
    """One specification a family, in the order given, repetitions left out.

    Names are checked here, before anything heavy is imported; values of ``fix``
    stay texts until the search space is known. Options that not all families take go
    to those that do.

    Raises:
        BenchError: A name is unknown or a value out of range.
    """
    from bench.training import backend as backends

    _check_names(families, folds, others)
    options = _of_some({name: others.pop(name, None) for name in OF_SOME})
    tuner = searchers.TUNERS[others.get("tuner", StudySpec.tuner)]
    if tuner.cross_validates and folds is None:
        folds = DEFAULT_FOLDS
    if trials is None:
        trials = EVERY if tuner.lays_out else Budget.trials
    budget = Budget(
        trials=trials,
        epochs=epochs,
        patience=patience,
        seconds=None if time is None else seconds(time),
    )
    common: dict[str, Any] = {
        "budget": budget,
        "folds": folds,
        "only": None if only is None else _names(only),
        "fixed": _pairs(fix or ()),
        "image_size": None if image_size is None else size(image_size),
        "backend": backends.choose(backend),
        **others,
    }
    return [
        StudySpec(
            family=family,
            **{name: v for name, v in options.items() if takes(family, name)},
            **common,
        )
        for family in dict.fromkeys(families)
    ]


def _check_names(
    families: Sequence[str], folds: int | None, others: Mapping[str, Any]
) -> None:
    for family in families:
        check_family(family)
    if "tuner" in others:
        searchers.check_name(others["tuner"])
        searchers.check_schedule(others.get("schedule"), others["tuner"])
        searchers.check_folds(folds, others["tuner"])
    if "dataset" in others:
        datasets.check_name(others["dataset"])


def _of_some(options: dict[str, Any]) -> dict[str, Any]:
    """The options that not all families take, as their kinds."""
    network = options["fid_network"]
    if network not in (None, *FID_NETWORKS):
        raise UsageError(
            unknown("FID network", network, FID_NETWORKS, ", ".join(FID_NETWORKS))
        )
    # A suite may give integers, or anything.
    return options | {name: _number(name, options[name]) for name in DENOISING_OPTIONS}


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{flag(name)} takes a number, not {value!r}; such as 0.2")
    return float(value)


def takes(family: str, option: str) -> bool:
    """Whether a family may take an option that not all do; one's own may."""
    if family not in FAMILIES:
        return True
    entry = FAMILIES[family]
    if option == "weights":
        return entry.is_pretrained
    return entry.goal == (DENOISING if option in DENOISING_OPTIONS else GENERATION)


def check_family(family: str) -> None:
    """Refuse a family that is neither in the table nor a place to import from.

    Raises:
        FamilyError: With the nearest known name.
    """
    if family not in FAMILIES and ":" not in family:
        listing = "python -m bench families; your own: PATH.py:NAME"
        raise FamilyError(unknown("family", family, FAMILIES, listing))


def check_options(families: Sequence[str], asked: Mapping[str, object]) -> None:
    """Refuse an option that no family takes.

    Args:
        families: As they were named.
        asked: Options by their names, those that every family takes too.

    Raises:
        UsageError: With those that take it.
    """
    for name in OF_SOME:
        if asked.get(name) is None:
            continue
        if not any(takes(family, name) for family in families):
            takers = [family for family in FAMILIES if takes(family, name)]
            raise UsageError(
                f"{flag(name)} goes with {' or '.join(takers)}, not with "
                f"{', '.join(families)}: leave it out, or search one of these too"
            )


def seconds(text: str, option: str = "--time") -> float:
    """Read a duration: ``90s``, ``10m``, ``1.5h``, ``1h30m``, or plain seconds.

    Raises:
        UsageError: It is none.
    """
    whole = text.strip().lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", whole)
    if not parts or "".join(n + u for n, u in parts) != whole:
        raise UsageError(
            f"{option} takes a duration such as 90s, 10m or 2h, not {text!r}"
        )
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)


def size(text: str) -> tuple[int, int]:
    """Read an image size, ``64`` or ``HEIGHTxWIDTH``.

    Raises:
        UsageError: It is none.
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text.strip().lower())
    if match is None:
        raise UsageError(
            f"--image-size takes N or HEIGHTxWIDTH in pixels, not {text!r}; such as 64"
        )
    height, width = match[1], match[2] or match[1]
    return int(height), int(width)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    names = [name.strip() for text in given for name in text.split(",")]
    return tuple(sorted({name for name in names if name}))


def _pairs(given: Sequence[str]) -> tuple[tuple[str, Value], ...]:
    pairs: dict[str, Value] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise UsageError(
                f"--fix takes NAME=VALUE, not {text!r}; such as dropout=0.2"
            )
        if pairs.setdefault(name, value) != value:
            raise UsageError(
                f"--fix holds a hyperparameter at one value, not {name} at "
                f"{pairs[name]!r} and {value!r}: leave one of them out"
            )
    return tuple(pairs.items())
