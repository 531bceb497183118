"""Where the reader of a published study has its images, and what else it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.datasets import place_of
from bench.errors import UsageError, flag, shown
from bench.records import IN_MEMORY, KINDS_OF_PATHS, StudyRecord

_SUFFIXES = (".py", ".csv", ".npy", ".npz", ".h5", ".keras")


def placed(study: StudyRecord, given: Mapping[str, str | None]) -> StudyRecord:
    """A published study with the places where its reader has what it needs.

    Raises:
        UsageError: A place is missing.
    """
    spec = study.spec
    names = {
        "dataset": spec.dataset,
        "family": spec.family,
        "groups": spec.groups,
        "weights": spec.options.get("weights"),
    }
    for name, recorded in names.items():
        if given.get(name) is None and _is_place(str(recorded or "")):
            raise UsageError(
                f"{flag(name)} says where your copy of {shown(recorded)} lies; it is "
                f"missing: add {flag(name)} {_example(str(recorded))}"
            )
    weights = given.get("weights")
    options = {**spec.options, **({"weights": weights} if weights else {})}
    dataset = given.get("dataset")
    moved = replace(
        spec,
        dataset=place_of(dataset) if dataset else spec.dataset,
        family=given.get("family") or spec.family,
        groups=given.get("groups") or spec.groups,
        options=options,
    )
    return replace(study, spec=moved)


def _is_place(name: str) -> bool:
    """Whether a name is what is left of a path."""
    kind, colon, _ = name.partition(":")
    if colon and kind in (*KINDS_OF_PATHS, IN_MEMORY):
        return True
    return Path(kind).suffix in _SUFFIXES


def _example(name: str) -> str:
    kind = name.partition(":")[0]
    if kind == IN_MEMORY:
        return "npz:PATH"
    return f"{kind}:PATH" if kind in KINDS_OF_PATHS else f"PATH/{name}"
