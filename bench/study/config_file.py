"""Options from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.errors import UsageError, shortened, shown
from bench.files import open_regular
from bench.records import IN_PAIRS, SearchRequest
from bench.records.options import options_of, read

MAX_BYTES = 2**20
"""Size of the largest file that is read."""

OPTION = "config"
"""Option that names the file."""


def merged(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options, with those of the file that ``config`` names, if it does.

    Args:
        given: Options that were given; None for one that was not. They take
            precedence, and so does each hyperparameter of a table.

    Raises:
        UsageError: The file can't be read, or names a further file.
    """
    if given.get(OPTION) is None:
        return dict(given)
    path = read(options_of(SearchRequest)[OPTION], given[OPTION])
    options = content(path, "--config", "see docs/options.md")
    if OPTION in options:
        raise UsageError(
            f"a file of options can't name another one; {shown(str(path))} sets "
            f"{OPTION}: copy the options of that file into this one"
        )
    return options | {
        name: _both(name, options.get(name), each)
        for name, each in given.items()
        if each is not None
    }


def _both(name: str, of_file: Any, given: Any) -> Any:
    """What the command gives; of a table, with what the file has beside it."""
    if name not in IN_PAIRS or not isinstance(of_file, Mapping):
        return given
    pairs = given.items() if isinstance(given, Mapping) else _split(given)
    return {**of_file, **dict(pairs)}


def _split(given: Any) -> Iterator[tuple[str, str]]:
    for text in given if isinstance(given, list | tuple) else [given]:
        name, _, value = str(text).partition("=")
        yield name.strip(), value.strip()


def content(path: Path, rule: str, way_out: str) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: Of the file.
        rule: What must be such a file, for the message.
        way_out: Where to look for an example.

    Raises:
        UsageError: It can't be read.
    """
    try:
        with open_regular(path) as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        return tomllib.loads(text.decode("utf-8"))
    # Beside its own errors, which are ValueErrors as those of decoding are, tomllib
    # raises them for numbers of too many digits.
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{rule} must be a TOML file; {shown(str(path))} can't be read as one "
            f"({shortened(str(error), 200)}): {way_out}"
        ) from error
