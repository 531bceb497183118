"""The command that shows a running search in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.text import check_written, say


def watch(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; 0 for any that is free.")
    ] = 8001,
    results: parameters.Results = Path("results"),
) -> None:
    """Show a running search in a browser, and its report so far.

    The page changes as trials end, and can end the search early. Only this machine can
    open it. Ends with Ctrl-C; the search goes on.
    """
    from bench.web import extra

    extra.check("watch")
    from bench.store import Store
    from bench.watch.application import application
    from bench.watch.news import News
    from bench.web import server

    with (
        Store(results, read_only=True) as store,
        server.listen("127.0.0.1", port) as listening,
    ):
        news = News(store)
        say(f"{results}: {server.address(listening)} (Ctrl-C ends it)")
        check_written()
        server.run(application(results, news), listening, news.end)
