"""The command that compares studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import parameters
from bench.cli.report import open_in_browser
from bench.cli.tables import console, print_json
from bench.text import check_written, say

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.table import Table

    from bench.report.page.compare import Table as Tabled

SHOWN = 10
"""Number of images that are printed of a table; the page and --json have more."""


def compare(
    studies: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY STUDY...",
            help="Two or more of one board, each as its id or how it begins, its "
            "family, FAMILY-DATASET, or best; 'STUDY, default' for the default "
            "configuration.",
        ),
    ],
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in a browser.")
    ] = False,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """Compare studies that were tested on the same images.

    Differences with intervals, costs, the images that only one gets right, recall by
    class, and hyperparameters side by side; and a page with all of that.
    """
    from bench import report
    from bench.models.selection import select
    from bench.store import Store

    with Store(results, read_only=True) as store:
        chosen = [select(name, store) for name in studies]
        compared = report.compare(store, [(one.study, one.role) for one in chosen])
        page = report.write_comparison(store, compared)
    if as_json:
        print_json({**report.comparison_json(compared), "page": str(page)})
    else:
        for table in report.comparison_tables(compared, images=SHOWN):
            say(table.caption)
            console().print(_printed(table))
            say("")
        say(str(page))
        check_written()
    if open_page:
        open_in_browser(page)


def _printed(table: Tabled) -> Table:
    """A table of the page for a console; rows that stand out are bold."""
    from rich.table import Table

    from bench.text.console import Cell

    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(table.columns):
        justify: JustifyMethod = "right" if number in table.numbers else "left"
        made.add_column(Cell(name), overflow="fold", justify=justify)
    for number, row in enumerate(table.rows):
        style = "bold" if number in table.marked else None
        made.add_row(*map(Cell, row), style=style)
    return made
