"""Collects the commands, and turns errors into one line and an exit code.

Each command imports what it needs when it runs, Keras above all, so that the others
and ``--help`` answer at once.
"""

from __future__ import annotations

import sys

import typer

from bench.cli import (
    compare,
    doctor,
    explain,
    export,
    failures,
    listings,
    models,
    prune,
    publish,
    pull,
    report,
    reproduce,
    search,
    serve,
    shard,
    show,
    track,
    watch,
)
from bench.cli.session import INTERRUPTED
from bench.text import complain, guard_output

app = typer.Typer(
    help=(
        "Benchmark Keras image models: search a family's hyperparameters, train the "
        "best configuration honestly, rank the results."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

COMMANDS = (
    search.search,
    search.plan,
    search.suite,
    listings.families,
    listings.tuners,
    listings.datasets,
    listings.describe,
    listings.leaderboard,
    report.report,
    track.track,
    watch.watch,
    compare.compare,
    models.predict,
    models.mistakes,
    explain.explain,
    serve.serve,
    models.generate,
    export.export,
    show.show,
    reproduce.reproduce,
    shard.shard,
    publish.publish,
    publish.verify,
    pull.pull,
    listings.studies,
    prune.prune,
    doctor.doctor,
)
"""All commands in the order of the help."""

for command in COMMANDS:
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit.

    Any error is printed as one line on standard error; see ``failures``. This is the
    one place where errors that nothing else handled end.

    Args:
        arguments: Words after the name of the program; None for those of the process.
    """
    guard_output()
    if arguments is None:
        arguments = sys.argv[1:]
    try:
        code = app(arguments, prog_name="python -m bench", standalone_mode=False)
    except typer.Abort:
        code = INTERRUPTED
    except Exception as error:
        message, code = failures.explain(error, arguments)
        complain(f"error: {message}")
    sys.exit(code or 0)
