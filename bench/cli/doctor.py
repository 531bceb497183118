"""The command that checks the environment, the store and the caches."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.cli.tables import show, table_options
from bench.errors import UsageError
from bench.text import say


@table_options()
def doctor(
    salvage: Annotated[
        bool,
        typer.Option(
            "--salvage", help="Copy what is whole of the store into a new folder."
        ),
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder of the new store.")
    ] = None,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """Check the environment, the store and the caches; say what helps.

    Ends with exit code 0 if all is well, and 1 if something is wrong. A search of a
    salvaged study goes on with --results and the new folder.
    """
    if salvage != (to is not None):
        raise UsageError(
            f"--salvage and --to DIR go together; {'--to' if salvage else '--salvage'} "
            "is missing: give both, or neither to check only"
        )
    if to is not None:
        _salvage(results, to, as_json)
        return
    from bench import doctor as checks

    findings = [
        *checks.check_environment(results),
        *checks.check_store(results),
        *checks.check_caches(results),
    ]
    show([asdict(finding) for finding in findings], as_json)
    if any(finding.state is checks.State.FAILED for finding in findings):
        raise typer.Exit(1)


def _salvage(results: Path, to: Path, as_json: bool) -> None:
    from bench import store

    counts = store.salvage(results, to)
    show(
        [
            {"table": table, "copied": count.whole, "lost": count.lost_text}
            for table, count in counts.items()
        ],
        as_json,
    )
    if not as_json:
        say(
            f"the store in {to} is whole; give the commands of its searches again "
            f"with --results {to}: they train what is missing. Final trainings of "
            "studies that lost trials were left out, since the best may be another"
        )
