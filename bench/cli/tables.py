"""Tables and JSON on standard output."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.errors import UsageError, command
from bench.text import check_written, complain, lost_output, say_json

if TYPE_CHECKING:
    from rich.console import Console

    from bench.text.table import Column, FittedTable

PIPE_WIDTH = 240
"""Characters per line where there is no terminal, more than most tables need."""

WIDE = 10_000
"""Characters per line with ``--wide``, more than any table needs."""


@dataclass(frozen=True)
class _Choice:
    """What a user wants to see of tables.

    Attributes:
        wide: Whether lines may be longer than the terminal is wide.
        columns: Names of the columns; None for all that fit.
        takes_columns: Whether the command has an option for them.
    """

    wide: bool = False
    columns: tuple[str, ...] | None = None
    takes_columns: bool = False


_ALL = _Choice()
_CHOICE: ContextVar[_Choice] = ContextVar("choice", default=_ALL)

_Wide = Annotated[
    bool,
    typer.Option("--wide", help="Print all columns, also those that don't fit."),
]
_Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="A,B,C", help="Print these columns only."),
]


def table_options(*, columns: bool = False) -> Callable[[Any], Any]:
    """Let a command take ``--wide``, for all tables that it prints.

    Args:
        columns: Whether it takes ``--columns`` too, which suits a single table.
    """
    declared = {"wide": _Wide, **({"columns": _Columns} if columns else {})}
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "wide" else None,
            annotation=annotation,
        )
        for name, annotation in declared.items()
    ]

    def decorate(command: Any) -> Any:
        @wraps(command)
        def decorated(
            *, wide: bool = False, columns: str | None = None, **values: Any
        ) -> Any:
            names = None if columns is None else _names(columns)
            token = _CHOICE.set(_Choice(wide, names, "columns" in declared))
            try:
                return command(**values)
            finally:
                _CHOICE.reset(token)

        signature = inspect.signature(command, eval_str=True)
        parameters = [*signature.parameters.values(), *added]
        parameters.sort(key=lambda parameter: parameter.kind)
        decorated.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        decorated.__annotations__ = {p.name: p.annotation for p in parameters}
        return decorated

    return decorate


def chosen_columns() -> tuple[str, ...] | None:
    """Names of the columns that the user wants to see; None for all that fit."""
    return _CHOICE.get().columns


def way_out() -> str:
    """How the user sees the columns for which a window has no room."""
    if _CHOICE.get().takes_columns:
        return "--wide shows all, --columns A,B,C those that you name"
    return "--wide shows them"


def show(
    rows: Sequence[dict[str, Any]], as_json: bool, *, first: Sequence[str] = ()
) -> None:
    """Print rows of the same keys as JSON or as a table.

    Args:
        rows: The rows; ``_`` in a key breaks the line of the table's heading.
        as_json: Print JSON instead of a table.
        first: Keys in the order of their importance, where not all columns fit;
            others follow in their own order.

    Raises:
        UsageError: The user wants a column that there is not.
        OutputError: Standard output can't be written.
    """
    if as_json:
        print_json(rows)
        return
    from bench.text.table import FittedTable

    if rows:
        order = list(dict.fromkeys([*first, *rows[0]]))
        columns = [
            _column(key, [row[key] for row in rows], order.index(key))
            for key in rows[0]
        ]
        print_table(FittedTable(columns=columns))
    check_written()


def print_table(table: FittedTable) -> None:
    """Print a table with the columns that the user wants.

    Raises:
        UsageError: The user wants a column that there is not.
    """
    names = chosen_columns()
    if names is not None:
        table = table.only(names)
    console().print(replace(table, way_out=way_out()))


def text(value: Any) -> str:
    """A value as a table shows it; a dash for None."""
    return "–" if value is None else str(value)


def print_json(value: Any) -> None:
    """Print a value as JSON.

    Raises:
        OutputError: Standard output can't be written.
    """
    say_json(value)
    check_written()


def report_loss() -> None:
    """Say so if what a search printed is lost; its results are not."""
    if (failure := lost_output()) is not None:
        complain(
            f"what was printed is lost ({failure.strerror}), the results are not: "
            f"{command('leaderboard')} prints them"
        )


def console() -> Console:
    """A console as wide as the terminal; wider than most tables where there is none."""
    from bench.text.console import SafeConsole

    if _CHOICE.get().wide:
        return SafeConsole(width=WIDE)
    terminal = SafeConsole()
    return terminal if terminal.is_terminal else SafeConsole(width=PIPE_WIDTH)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise UsageError(
            "--columns takes the names of columns, separated by commas; it has none: "
            "name some, or leave it out"
        )
    return names


def _column(key: str, values: Sequence[Any], importance: int) -> Column:
    """A column of a table of rows; words may be wrapped, numbers never."""
    from bench.text.table import Column

    texts = [text(value).replace("\n", " ") for value in values]
    is_text = any(isinstance(v, str) and any(map(str.isalpha, v)) for v in values)
    return Column(
        name=key.replace(" ", "_").replace("-_", "_").lower(),
        heading=key.replace("_", "\n"),
        texts=texts,
        importance=importance,
        wraps=is_text,
        is_right=not any(isinstance(value, str) for value in values),
    )
