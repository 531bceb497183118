"""The portfolios of the families, with the scores from which they were chosen."""

from __future__ import annotations

import math

from bench.cli.reference.markdown import table
from bench.report.cells import hyperparameters
from bench.searchers.measured import Measured, shipped


def portfolios_text() -> str:
    """A table for each family that has a portfolio."""
    sections = (_section(name, each) for name, each in shipped().items())
    return "\n".join(sections) or "No family has a portfolio yet.\n"


def _text(score: float) -> str:
    return "failed" if math.isnan(score) else f"{score:.3f}"


def _section(family: str, measured: Measured) -> str:
    shown = [0, *measured.chosen()]
    rows = [
        (
            "default" if not index else f"{place}",
            hyperparameters(measured.configurations[index]),
            *map(_text, measured.scores[index]),
        )
        for place, index in enumerate(shown)
    ]
    best = ("best of all", "", *map(_text, measured.best()))
    headings = ("", "configuration", *measured.titles)
    count = len(measured.configurations)
    return (
        f"## {family}\n\nChosen from {count} configurations.\n\n"
        f"{table(headings, [*rows, best])}"
    )
