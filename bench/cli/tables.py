"""Tables and JSON on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.text import check_written, complain, lost_output, say_json

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 240
"""Characters per line where there is no terminal, more than any table here needs."""


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows of the same keys as JSON or as a table.

    Args:
        rows: The rows; ``_`` in a key breaks the line of the table's heading.
        as_json: Print JSON instead of a table.

    Raises:
        OutputError: Standard output can't be written.
    """
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    from bench.text.console import Cell

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(Cell(*name.split("_")), overflow="fold")
    for row in rows:
        table.add_row(*(Cell(text(value)) for value in row.values()))
    console().print(table)
    check_written()


def text(value: Any) -> str:
    """A value as a table shows it; a dash for None."""
    return "–" if value is None else str(value)


def print_json(value: Any) -> None:
    """Print a value as JSON.

    Raises:
        OutputError: Standard output can't be written.
    """
    say_json(value)
    check_written()


def report_loss() -> None:
    """Say so if what a search printed is lost; its results are not."""
    if (failure := lost_output()) is not None:
        complain(
            f"what was printed is lost ({failure.strerror}), the results are not: "
            "python -m bench leaderboard prints them"
        )


def console() -> Console:
    """A console as wide as the terminal; wider than any table where there is none."""
    from bench.text.console import SafeConsole

    terminal = SafeConsole()
    return terminal if terminal.is_terminal else SafeConsole(width=PIPE_WIDTH)
