"""The tuners, and what can be combined with them."""

from __future__ import annotations

from bench.cli.reference.markdown import table
from bench.searchers import TUNERS


def tuners_table() -> str:
    """The tuners as a Markdown table, in the order in which they are listed."""
    rows = [
        (
            f"`{name}`",
            tuner.description,
            "yes" if tuner.samples else "",
            "yes" if tuner.cross_validates else "",
            "yes" if tuner.is_extensible and not tuner.exhaustive else "",
        )
        for name, tuner in TUNERS.items()
    ]
    headings = ("tuner", "what it does", "`--schedule`", "`--folds`", "more `--trials`")
    return table(headings, rows)
