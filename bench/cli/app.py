"""Collects the commands, and turns errors into one line and an exit code.

Each command imports what it needs when it runs, Keras above all, so that the others
and ``--help`` answer at once.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from bench.cli import doctor, listings, models, search
from bench.cli.session import INTERRUPTED
from bench.errors import BenchError
from bench.files import of_machine
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
    models.generate,
    listings.studies,
    doctor.doctor,
)
"""All commands in the order of the help."""

for command in COMMANDS:
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit.

    An error that the user can correct is printed as one line on standard error.

    Args:
        arguments: Words after the name of the program; None for those of the process.
    """
    guard_output()
    if arguments is None:
        arguments = sys.argv[1:]
    try:
        code = app(arguments, prog_name="python -m bench", standalone_mode=False)
    except BenchError as error:
        complain(f"error: {error}")
        code = error.exit_code
    except typer.Abort:
        code = INTERRUPTED
    except Exception as error:
        code = _machine_exit_code(error) or _usage_exit_code(error, arguments)
    sys.exit(code or 0)


def _machine_exit_code(error: Exception) -> int | None:
    """Print an error as one line if the machine is at fault, such as by a full disk."""
    fault = of_machine(error)
    if fault is None:
        return None
    complain(f"error: {fault}")
    return fault.exit_code


def _usage_exit_code(error: Exception, arguments: list[str]) -> int:
    """Print a wrong option or argument as one line; raise any other error again."""
    message = getattr(error, "format_message", None)
    if message is None:
        raise error
    text = message().rstrip(".") or "a command is missing"
    text += _given_value(getattr(error, "param", None), arguments)
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "python -m bench"
    complain(f"error: {text}; see {command} --help")
    return 2


def _given_value(parameter: Any, arguments: list[str]) -> str:
    """The value that was typed for an option, which not every message repeats."""
    for option in getattr(parameter, "opts", ()):
        if option in arguments[:-1]:
            return f" (given: {arguments[arguments.index(option) + 1]})"
    return ""
