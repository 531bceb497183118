"""The command that writes the report as HTML."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.text import check_written, complain, say


def report(
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the report in a browser.")
    ] = False,
    link_images: Annotated[
        bool,
        typer.Option(
            "--link-images",
            help="Leave images beside the pages, all of them, instead of in the pages.",
        ),
    ] = False,
    results: parameters.Results = Path("results"),
) -> None:
    """Write the report as HTML again: the boards, and a page for each study.

    Each page is one file that opens without a network. A search writes them too when
    it ends.
    """
    from bench.report import write_report
    from bench.store import Store

    with Store(results, read_only=True) as store:
        page = write_report(store, link_images=link_images)
    say(str(page))
    check_written()
    if open_page:
        open_in_browser(page)


def open_in_browser(page: Path) -> None:
    if not webbrowser.open(page.resolve().as_uri()):
        complain(f"no browser was found; open {page} in one")
