"""What the command line says of an error, whatever it is: one line and an exit code."""

from __future__ import annotations

import os
import tempfile
import traceback
from typing import Any

from bench.errors import BenchError, command, shortened, shown
from bench.files import of_machine

TRACEBACK = "BENCH_TRACEBACK"
"""Environment variable; if it is 1, unforeseen errors are raised as they are."""

DEFECT = 70
"""Exit code of a defect of the toolkit itself: EX_SOFTWARE of sysexits.h."""

_FROM_OUTSIDE = {
    MemoryError: (
        "this takes more memory than there is{}: take smaller images with "
        "--image-size, fewer with --images, or fewer --workers"
    ),
    RecursionError: "an input must not be nested this deep{}: make it flatter",
    UnicodeError: "texts must be UTF-8; one of the input is not{}: write it again",
    OverflowError: "a number of the input is too large{}: give a smaller one",
    OSError: (
        "a file or folder can't be used{}: check its path, its permissions and the "
        "room on its disk"
    ),
}
"""What errors of Python mean that the input or the machine causes."""


def explain(error: Exception, arguments: list[str]) -> tuple[str, int]:
    """Say what an error means.

    Args:
        error: Any error that ended a command.
        arguments: Words of the command.

    Returns:
        One line for the user, and the exit code.
    """
    if isinstance(error, BenchError):
        return str(error), error.exit_code
    if (fault := of_machine(error)) is not None:
        return str(fault), fault.exit_code
    if hasattr(error, "format_message"):
        return _wrong_usage(error, arguments), 2
    if os.environ.get(TRACEBACK) == "1":
        raise error
    for kind, rule in _FROM_OUTSIDE.items():
        if isinstance(error, kind):
            reason = one_line(error)
            return rule.format(f" ({reason})" if reason else ""), 2
    return _defect(error), DEFECT


def one_line(error: Exception, width: int = 300) -> str:
    """The message of an error, on one line, without its middle if it is long."""
    return shortened(" ".join(str(error).split()), width)


def _wrong_usage(error: Any, arguments: list[str]) -> str:
    """The message of Typer's parser about a wrong option or argument."""
    text = shortened(error.format_message().rstrip("."), 300)
    text = text or "a command is missing"
    text += _given_value(getattr(error, "param", None), arguments)
    context = getattr(error, "ctx", None)
    called = context.command_path if context else command()
    return f"{text}; see {called} --help"


def _given_value(parameter: Any, arguments: list[str]) -> str:
    """The value that was typed for an option, which not every message repeats."""
    for option in getattr(parameter, "opts", ()):
        if option in arguments[:-1]:
            return f" (given: {shown(arguments[arguments.index(option) + 1])})"
    return ""


def _defect(error: Exception) -> str:
    """Say that the toolkit failed, and keep the traceback in a file."""
    report = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="bench-", suffix=".txt", delete=False, errors="replace"
        ) as file:
            file.write(report)
        where = f"the traceback is in {file.name!r}: please report both"
    except OSError:
        where = f"give the command again with {TRACEBACK}=1 to see the traceback"
    return (
        "this is a defect of the toolkit, not of your input "
        f"({type(error).__name__}: {one_line(error)}); {where}"
    )
