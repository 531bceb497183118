"""Collects the commands, and turns errors into one line and an exit code.

Each command imports what it needs when it runs, Keras above all, so that the others
and ``--help`` answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

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
    versions,
    watch,
    which,
)
from bench.cli.examples import examples
from bench.cli.session import (
    INTERRUPTED,
    forget_interrupt,
    signals_as_interrupts,
)
from bench.errors import command
from bench.text import complain, guard_output
from bench.text.activity import listening
from bench.text.waiting import Waiting

app = typer.Typer(
    help=(
        "Benchmark Keras image models: search a family's hyperparameters, train the "
        "best configuration honestly, rank the results."
    ),
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

COMMANDS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "Search": (which.which, search.search, search.plan, search.suite, watch.watch),
    "Choices": (
        listings.families,
        listings.tuners,
        listings.datasets,
        listings.describe,
    ),
    "Results": (
        listings.leaderboard,
        report.report,
        compare.compare,
        listings.studies,
        show.show,
        reproduce.reproduce,
        publish.publish,
        publish.verify,
        pull.pull,
        track.track,
    ),
    "Models": (
        models.predict,
        models.mistakes,
        explain.explain,
        serve.serve,
        models.generate,
        export.export,
    ),
    "Upkeep": (shard.shard, prune.prune, doctor.doctor),
}
"""All commands in the order of the help, by its headings."""

for heading, commands in COMMANDS.items():
    for each in commands:
        name = each.__name__
        app.command(rich_help_panel=heading, epilog=examples(name))(each)


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the versions of the toolkit, Keras, its backend and Python.",
            callback=versions.show,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Options that come before a command."""


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
        with signals_as_interrupts() as came, listening(Waiting()):
            code = app(arguments, prog_name=command(), standalone_mode=False)
        if came:  # Typer takes every interrupt for Ctrl-C
            code = 128 + came[0]
    except typer.Abort:
        code = INTERRUPTED
    except Exception as error:
        message, code = failures.explain(error, arguments)
        complain(f"error: {message}")
    forget_interrupt()
    sys.exit(code or 0)
