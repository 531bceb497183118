"""The errors a user can meet, each with the exit code it owns.

Every message says the rule, then what was given, then the way out, on one line.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from pathlib import PurePath

SCRIPT = "keras-leaderboard"
"""Name of the console script."""

PROGRAM = "python -m bench"
"""How the toolkit is called without it; in files, which others may read, always so."""


class BenchError(Exception):
    """Something that the user can mend; shown as one line, without a traceback."""

    exit_code = 2


class UsageError(BenchError):
    """An option or argument is unknown, out of range or contradicts another."""


class DatasetError(BenchError):
    """The images or labels can't be used as they are."""


class RemoteError(BenchError):
    """What lies at a URL can't be fetched, or nothing can be sent there."""


class RefusedError(RemoteError):
    """A URL leads to nothing or access is refused; another attempt would end alike."""


class FamilyError(BenchError):
    """A family can't be found, imported or built for the task."""


class SpaceError(BenchError):
    """A hyperparameter is unknown, or the value given for it is not in its range."""


class StoreError(BenchError):
    """The results folder or its store can't be used."""


class OutputError(BenchError):
    """What a command prints can't be written, such as to a full disk."""

    exit_code = 1


class WriteError(StoreError):
    """A file can't be written, such as on a full disk; what was finished is kept."""


class DamagedStoreError(StoreError):
    """The store is damaged; what is whole in it can be saved."""


class StudyError(BenchError):
    """A study can't go on, such as when all of its first trials failed."""

    exit_code = 1


class ExportError(BenchError):
    """A model can't be had in a format, or the artifact answers something else."""

    exit_code = 1


class TrackerError(BenchError):
    """A tracker can't be reached, or doesn't take what it is sent."""

    exit_code = 1


def flag(name: str) -> str:
    """An option as it is typed, from its name in code."""
    return "--" + name.replace("_", "-")


def command(words: str = "") -> str:
    """A command of this toolkit, by the name by which it was called now.

    Args:
        words: What follows the name, such as ``leaderboard --results here``.
    """
    called = PurePath(sys.argv[0]).stem if sys.argv else ""
    program = SCRIPT if called == SCRIPT else PROGRAM
    return f"{program} {words}".rstrip()


def shown(value: object, width: int = 200) -> str:
    """A value as an error names it: its ``repr``, without its middle if it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # integers of more than 4,300 digits, loops
        return "a value too long to show"
    return shortened(text, width)


def shortened(text: str, width: int) -> str:
    """A text without its middle if it is longer than ``width`` characters."""
    half = width // 2
    return text if len(text) <= width else f"{text[:half]}...{text[-half:]}"


def unknown(kind: str, given: str, known: Iterable[str], listing: str) -> str:
    """Say that a name is unknown, which known one is near, and where the list is.

    Args:
        kind: What is named, such as ``"family"``.
        given: The name as it was typed.
        known: The names that would have been right.
        listing: The command that lists them, or the list itself.
    """
    near = difflib.get_close_matches(given[:99], list(known), n=1, cutoff=0.5)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {kind} {shown(given)}{guess} ({listing})"


def nothing_works(trials: str, error: str | None, family: str) -> StudyError:
    """A study of which every trial so far failed.

    Args:
        trials: Which ones, such as ``the first 5``.
        error: That of the last.
        family: As it was named.
    """
    return StudyError(
        f"a study needs a trial that works; {trials} all failed, the last with "
        f"{error or 'nothing'}: mend the family {family!r}, or hold what breaks it "
        "with --fix"
    )
