"""Writes ``declared.json``: ``python -m bench.searchers.declaring``. Imports Keras."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

from bench.files import replace_file
from bench.searchers import declared, space
from bench.searchers.declared import Declared
from bench.searchers.described import STANDARD, STANDARD_CLASSES
from bench.searchers.description import describe
from bench.training import definition
from search_spaces import FAMILIES
from search_spaces.family import ImageTask, UnsupportedTaskError
from search_spaces.parts.sizes import SMALL

SIDES = (4, 8, 16, 28, 32, 48, 64, 96, 128, 224, 512)
"""Sides of square images on which families are looked at, in pixels."""


def content() -> str:
    """What the file holds now."""
    families = {family: _space(family) for family in FAMILIES}
    described = {family: _described(family) for family in FAMILIES}
    content = {"families": families, "described": described}
    return json.dumps({"sources": declared.sources(), **content}, indent=1)


def _described(family: str) -> dict[str, list[dict[str, Any]]]:
    """The hyperparameters for users, by size; those that differ from the small size."""
    task = ImageTask(image_shape=STANDARD, classes=STANDARD_CLASSES)
    hypermodel = definition.find(family)[1](task)
    small = space.discover(hypermodel)
    rows = {SMALL: [asdict(row) for row in describe(small)]}
    for size, ranges in hypermodel.sizes.items():
        sized = [asdict(row) for row in describe(space.of_size(small, ranges))]
        rows[size] = [row for row in sized if row not in rows[SMALL]]
    return rows


def _space(family: str) -> dict[str, Any]:
    """Each hyperparameter of a family, without values where they depend on the task."""
    found: dict[str, set[Declared]] = {}
    _, kind = definition.find(family)
    for task in _tasks():
        try:
            hypermodel = kind(task)
        except UnsupportedTaskError:  # the images are too small, for example
            continue
        for entry in space.discover(hypermodel).space:
            found.setdefault(entry.name, set()).add(space.declared(entry))
    return {name: _common(values) for name, values in found.items()}


def _tasks() -> Iterator[ImageTask]:
    for side, channels, classes in product(SIDES, (1, 3), (2, 10)):
        even = tuple([1 / classes] * classes)
        uneven = (0.9, *[0.1 / (classes - 1)] * (classes - 1))
        for shares in (even, uneven):
            yield ImageTask(
                image_shape=(side, side, channels), classes=classes, class_shares=shares
            )


def _common(declarations: set[Declared]) -> dict[str, Any] | None:
    """A hyperparameter with the same values everywhere, and one of its defaults."""
    first = min(declarations, key=lambda each: str(each.default))
    alike = {replace(each, default=first.default) for each in declarations}
    if len(alike) > 1:
        return None
    return {k: v for k, v in asdict(first).items() if v is not None and v != ()}


if __name__ == "__main__":
    path = Path(declared.__file__).with_name(declared.FILE)
    replace_file(path, content().encode())
