"""Families of a test of which few are quick enough for every run."""

from __future__ import annotations

import pytest

from search_spaces import FAMILIES, GENERATION


def quick(*names: str) -> pytest.MarkDecorator:
    """Parametrizes a test by all families whose models take images.

    Args:
        names: Families whose test is not marked slow.
    """
    families = [
        pytest.param(name, marks=[] if name in names else [pytest.mark.slow])
        for name, entry in FAMILIES.items()
        if entry.task_type != GENERATION
    ]
    return pytest.mark.parametrize("family_class", families, indirect=True)
