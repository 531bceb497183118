"""Parameters of the commands, made from declared options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli import completion
from bench.errors import flag
from bench.records import ImageSource, Resources, StudySpec, options_of
from bench.study.requests import help_text
from search_spaces import FAMILY_OPTIONS
from search_spaces.parts.options import Option


def _known_results(place: str) -> Path:
    from bench.mirror import known_folder

    return known_folder(place)


Results = Annotated[
    Path,
    typer.Option(
        "--results",
        metavar="PATH|URL",
        parser=_known_results,
        help="Folder of the store; or a URL that was uploaded to or pulled.",
    ),
]
Data = Annotated[
    Path | None, typer.Option("--data", help=options_of(ImageSource)["data"].help)
]
Dataset = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        metavar="PATH",
        help="Where the study's images lie now, if not where they were.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

Families = Annotated[
    list[str],
    typer.Argument(
        metavar="FAMILY...",
        help=(
            "Names that families lists, or your own as PATH.py:NAME or "
            "package.module:NAME."
        ),
        autocompletion=completion.families,
    ),
]

RESOURCES = tuple(options_of(Resources).values())
"""Options of the workers that train the trials."""

CACHE_SIZE = options_of(ImageSource)["cache_size"]

IMAGES = [options_of(StudySpec)[name] for name in ("image_size", "classes_from")]
"""Options on which the shape of images and their classes depend."""

SIZE = options_of(StudySpec)["size"]


_HELP_ALL = "help_all"

_METAVARS = {bool: "", int: "N", float: "X", str: "NAME", Path: "DIR"}
"""Names of values in the help, where an option has none of its own."""


def with_options(
    options: Sequence[Option], *, hides_rare: bool = False
) -> Callable[[Any], Any]:
    """Let a command take declared options as further keyword arguments.

    Typer reads the parameters of a command from its signature, so the decorated
    command gets one that names every option. An option that was not typed is None,
    since a file may set it.

    Args:
        options: The options in the order of the command's help.
        hides_rare: Whether ``--help`` shows common options alone, and ``--help-all``
            the others too.
    """

    def decorate(command: Any) -> Any:
        @wraps(command)
        def decorated(context: typer.Context, **values: Any) -> Any:
            values.pop(_HELP_ALL, None)
            for option in options:
                source = context.get_parameter_source(option.name)
                if source is not None and source.name == "DEFAULT":
                    values[option.name] = None
            return command(**values)

        signature = inspect.signature(command, eval_str=True)
        named = [
            p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD
        ]
        context = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        parameters = [context, *named, *(_parameter(o, hides_rare) for o in options)]
        if hides_rare:
            parameters.append(_help_all(sum(not o.is_common for o in options)))
        decorated.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        decorated.__annotations__ = {p.name: p.annotation for p in parameters}
        return decorated

    return decorate


def _help_all(count: int) -> inspect.Parameter:
    """The option that shows all options of a command.

    Args:
        count: Number of those that ``--help`` doesn't show.
    """
    declared = typer.Option(
        "--help-all",
        help=f"Show {count} more options too.",
        metavar="",
        callback=_show_all,
        is_eager=True,
    )
    return inspect.Parameter(
        _HELP_ALL,
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, declared],
    )


def _show_all(ctx: typer.Context, is_asked: bool) -> None:
    if not is_asked or ctx.resilient_parsing:
        return
    hidden = [parameter for parameter in ctx.command.params if _is_hidden(parameter)]
    try:
        for parameter in hidden:
            parameter.hidden = False  # type: ignore[attr-defined]
        typer.echo(ctx.get_help())
    finally:
        for parameter in hidden:
            parameter.hidden = True  # type: ignore[attr-defined]
    raise typer.Exit


def _is_hidden(parameter: object) -> bool:
    return bool(getattr(parameter, "hidden", False))


def _parameter(option: Option, hides_rare: bool) -> inspect.Parameter:
    # Only some families take these: one that was typed, even at its default, must be
    # told from one that was not.
    default = None if option in FAMILY_OPTIONS else option.default
    kind: Any = list[str] if option.is_repeatable else option.kind
    if option.parse is not None and kind is Path:
        kind = str  # a path would lose a slash of a URL
    if default is None:
        kind = kind | None
    declared = typer.Option(
        flag(option.name),
        help=help_text(option),
        metavar=option.metavar or _METAVARS[option.kind],
        autocompletion=completion.of_option(option),
        hidden=hides_rare and not option.is_common,
        show_default=option.default_text or _default_text(option, default),
        rich_help_panel=option.group,
    )
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, declared],
    )


def _default_text(option: Option, default: Any) -> str | bool:
    """The default that the help shows where Typer does not know it."""
    if default is None and option.default is not None:
        return option.text(option.default)
    return default is not None
