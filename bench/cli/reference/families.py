"""The families with their papers and search spaces. Imports Keras when it is asked."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from bench.cli.reference.markdown import prose, table
from search_spaces import FAMILIES

if TYPE_CHECKING:
    from search_spaces.family import Family

SHAPE = 32, 32, 3
"""Height, width and channels of the images for which spaces are shown."""

CLASSES = 10


def families_text() -> str:
    """A section for each family, in the order in which they are listed."""
    return "\n".join(_section(name) for name in FAMILIES)


def _section(name: str) -> str:
    from bench.searchers import description, space

    family = _family(name)
    rows = [
        (f"`{each.name}`", each.range, f"{each.default}", each.condition)
        for each in description.describe(space.discover(family))
    ]
    spaces = table(("hyperparameter", "range", "default", "only with"), rows)
    return f"## {name}\n\n{prose(type(family).__doc__)}\n\n{_limits(family)}{spaces}"


def _limits(family: Family) -> str:
    """Which images the family takes, and how large its models are at most."""
    limits = []
    if family.min_side > 1:
        limits.append(f"It takes images of at least {family.min_side} pixels a side.")
    if family.max_parameters is not None:
        limits.append(f"Its models have at most {family.max_parameters:,} parameters.")
    return " ".join(limits) + "\n\n" if limits else ""


def _family(name: str) -> Family:
    from search_spaces.family import ImageTask

    module, _, kind = FAMILIES[name].location.partition(":")
    task = ImageTask(image_shape=SHAPE, classes=CLASSES)
    family: Family = getattr(importlib.import_module(module), kind)(task)
    return family
