"""The families with their papers and search spaces. Imports Keras when it is asked."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from bench.cli.reference.markdown import prose, table
from search_spaces import FAMILIES

if TYPE_CHECKING:
    from search_spaces.family import Family


def families_text() -> str:
    """A section for each family, in the order in which they are listed."""
    return "\n".join(_section(name) for name in FAMILIES)


def _section(name: str) -> str:
    from bench.searchers import description, space

    family = _family(name)
    declared = space.discover(family)
    small = description.describe(declared)
    rows = [
        (f"`{each.name}`", each.range, f"{each.default}", each.condition)
        for each in small
    ]
    of_sizes = [
        (f"`{each.name}`", size, each.range, f"{each.default}")
        for size, ranges in family.sizes.items()
        for each in description.describe(space.of_size(declared, ranges))
        if each not in small
    ]
    tables = table(("hyperparameter", "range", "default", "only with"), rows)
    if of_sizes:
        head = ("hyperparameter", "`--size`", "range", "default")
        tables += f"\n{table(head, of_sizes)}"
    return f"## {name}\n\n{prose(type(family).__doc__)}\n\n{_limits(family)}{tables}"


def _limits(family: Family) -> str:
    """Which images the family takes, and how large its models are at most."""
    limits = []
    if family.min_side > 1:
        limits.append(f"It takes images of at least {family.min_side} pixels a side.")
    if family.max_parameters is not None:
        limits.append(f"Its models have at most {family.max_parameters:,} parameters.")
    return " ".join(limits) + "\n\n" if limits else ""


def _family(name: str) -> Family:
    from bench.searchers.described import STANDARD, STANDARD_CLASSES
    from search_spaces.family import ImageTask

    module, _, kind = FAMILIES[name].location.partition(":")
    task = ImageTask(image_shape=STANDARD, classes=STANDARD_CLASSES)
    family: Family = getattr(importlib.import_module(module), kind)(task)
    return family
