"""How a study's data set, family and budget are named, everywhere alike."""

from __future__ import annotations

from pathlib import PurePath

from bench.records.budget import EVERY
from bench.records.definition import IN_MEMORY, KINDS_OF_LIBRARIES, KINDS_OF_PATHS
from bench.records.durations import exact
from bench.records.spec import FLOAT32, StudySpec
from search_spaces.parts.sizes import SMALL

_FOLDERS = ("folder", "shards")
"""Kinds of data sets whose path is that of a folder."""


def budget_text(spec: StudySpec) -> str:
    """A budget such as ``20 trials × 50 epochs`` or ``10m of trials × 50 epochs``."""
    budget = spec.budget
    epochs = counted(budget.epochs, "epoch")
    if spec.ends_by_time:
        assert budget.seconds is not None
        return f"{exact(budget.seconds)} of trials × {epochs}"
    if budget.trials == EVERY:
        tried = "all candidates"
    else:
        tried = counted(budget.trials, "trial" if spec.folds is None else "candidate")
    if spec.folds is not None:
        tried += f" × {spec.folds} folds"
    text = f"{tried} × {epochs}"
    return text if budget.seconds is None else f"{text}, {exact(budget.seconds)}"


def counted(count: int, noun: str) -> str:
    """A number and its noun, such as ``1 trial`` and ``20 trials``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def part_of_images(share: float) -> str:
    """Says of a training that it takes a part of the images; empty for all of them."""
    return "" if share == 1 else f" on 1/{round(1 / share)} of the images"


def family_name(family: str) -> str:
    """A family's own name: ``NAME`` for ``PATH.py:NAME`` and ``module:NAME``."""
    return family.rpartition(":")[2]


def searched_name(family: str, size: str | None, precision: str | None) -> str:
    """A family's own name, with what was searched of it if that isn't usual.

    Args:
        family: As a study names it.
        size: Size of its ranges; None for references.
        precision: Numbers in which its networks compute; None for references.
    """
    parts = [family_name(family)]
    if size not in (None, SMALL):
        parts.append(f"size {size}")
    if precision not in (None, FLOAT32):
        parts.append(str(precision))
    return ", ".join(parts)


def given_name(dataset: str) -> str:
    """A data set as its user named it: ``arrays`` for ``memory:arrays``."""
    return dataset.removeprefix(f"{IN_MEMORY}:")


def title(dataset: str) -> str:
    """A data set as titles have it: ``photos`` for ``folder:/a/photos``."""
    kind, _, path = given_name(dataset).partition(":")
    if kind in KINDS_OF_LIBRARIES:
        return PurePath(path).name
    if kind not in KINDS_OF_PATHS:
        return given_name(dataset)
    first = PurePath(path.partition(",")[0])
    return (first.name if kind in _FOLDERS else first.stem) or dataset


def data_set_title(spec: StudySpec) -> str:
    """The data set of a study as titles have it: the name given, else its own."""
    return spec.name or title(spec.dataset)


def study_name(spec: StudySpec) -> str:
    """A study by its family and its data set, such as ``vgg on photos``."""
    return f"{family_name(spec.family)} on {data_set_title(spec)}"


def dataset_name(dataset: str) -> str:
    """A data set's kind and name: ``folder-photos`` for ``folder:/a/photos``."""
    kind, colon, path = dataset.partition(":")
    if not colon:
        return dataset
    if kind == IN_MEMORY:
        return path
    first = PurePath(path.partition(",")[0])
    return f"{kind}-{first.name if kind in _FOLDERS else first.stem}".rstrip("-")
