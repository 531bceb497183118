"""The columns of ``leaderboard.csv``."""

from __future__ import annotations

from bench.cli.reference.markdown import table
from bench.report import COLUMNS


def columns_table() -> str:
    """The columns as a Markdown table, in their order in the file."""
    rows = [(f"`{name}`", meaning) for name, meaning in COLUMNS.items()]
    return table(("column", "what it holds"), rows)
