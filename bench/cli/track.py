"""The command that sends a study to trackers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.cli.models import Study
from bench.records import TRACKERS, SearchRequest, options_of
from bench.records.options import read
from bench.text import say


def track(
    study: Study,
    to: Annotated[
        list[str],
        typer.Option("--to", metavar="NAMES", help=f"Of {', '.join(TRACKERS)}."),
    ],
    results: parameters.Results = Path("results"),
) -> None:
    """Send a study to trackers: its trials, final trainings, board and models.

    Only what a tracker lacks is sent, so the same command may be given again.
    """
    from bench.models.selection import select
    from bench.records.wording import counted
    from bench.store import Store
    from bench.trackers import table
    from bench.trackers.entry import Kind
    from bench.trackers.sending import send_once

    names = read(options_of(SearchRequest)["track"], to)
    table.check(names)
    with Store(results, read_only=True) as store:
        chosen = select(study, store)
        for name in names:
            tracker = table.tracker(name, results)
            count = send_once(store, chosen.study, tracker)
            trials = counted(count[Kind.TRIAL], "trial")
            finals = counted(count[Kind.FINAL], "final training")
            sent = f"{trials} and {finals} sent" if count else "has everything already"
            say(f"{tracker.address}: {chosen.name}: {sent}")
