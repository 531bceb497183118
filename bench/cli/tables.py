"""Tables and JSON on standard output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 240
"""Characters per line where there is no terminal, more than any table here needs."""


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows of the same keys as JSON or as a table.

    Args:
        rows: The rows; ``_`` in a key breaks the line of the table's heading.
        as_json: Print JSON instead of a table.
    """
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", "\n"), overflow="fold")
    for row in rows:
        table.add_row(*map(text, row.values()))
    console().print(table)


def text(value: Any) -> str:
    """A value as a table shows it; a dash for None."""
    return "–" if value is None else str(value)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def console() -> Console:
    """A console as wide as the terminal; wider than any table where there is none."""
    from rich.console import Console

    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=PIPE_WIDTH)
