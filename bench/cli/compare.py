"""The command that compares studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import completion, parameters
from bench.cli.report import open_in_browser
from bench.cli.tables import print_json, print_table, table_options
from bench.text import check_written, say

if TYPE_CHECKING:
    from bench.report.page.compare import Table as Tabled
    from bench.text.table import FittedTable

SHOWN = 10
"""Number of images that are printed of a table; the page and --json have more."""


@table_options()
def compare(
    studies: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY STUDY...",
            help="Two or more of one board, each as its id or how it begins, its "
            "family, FAMILY-DATASET, or best; 'STUDY, default' for the default "
            "configuration.",
            autocompletion=completion.studies,
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
            print_table(_printed(table))
            say("")
        say(str(page))
        check_written()
    if open_page:
        open_in_browser(page)


def _printed(table: Tabled) -> FittedTable:
    """A table of the page for a console; rows that stand out are bold."""
    from bench.text.table import Column, FittedTable

    in_words = [n for n in range(len(table.columns)) if n not in table.numbers]
    order = list(dict.fromkeys([0, *in_words, *sorted(table.numbers)]))
    columns = [
        Column(
            name=name,
            heading=name,
            texts=[row[number] for row in table.rows],
            importance=order.index(number),
            wraps=number not in table.numbers,
            is_right=number in table.numbers,
        )
        for number, name in enumerate(table.columns)
    ]
    styles = ["bold" if n in table.marked else "" for n in range(len(table.rows))]
    return FittedTable(columns=columns, styles=styles)
