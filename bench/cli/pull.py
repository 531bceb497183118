"""The command that fetches results which were uploaded elsewhere."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.session import interruptible
from bench.text import say


def pull(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="What --results of a search named.")
    ],
    to: Annotated[
        Path | None,
        typer.Option(help="Folder of the results; else that of the URL."),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace a store that holds what the URL doesn't, and keep a copy.",
        ),
    ] = False,
) -> None:
    """Fetch results that a search uploaded: its store, models, tables and pages.

    What is there already is not fetched again.
    """
    from bench import mirror
    from bench.errors import UsageError, command, shown
    from bench.remote import folder_of, is_url, public

    if not is_url(url):
        raise UsageError(
            f"pull takes a URL such as s3://bucket/results, not {shown(url)}: a folder "
            "is read as it is, by --results"
        )
    folder = folder_of(url) if to is None else to
    with interruptible():
        done = mirror.pull(url, folder, replaces=replace)
    say(done.text)
    results = public(url) if to is None else str(to)
    say(command(shlex.join(["leaderboard", "--results", results])))
