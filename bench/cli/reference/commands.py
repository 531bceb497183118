"""The commands, with their arguments and options as their help has them."""

from __future__ import annotations

from typing import Any

import typer

from bench.cli.reference.markdown import prose, table
from bench.errors import flag
from bench.study.requests import search_options

FEW = 3
"""Number of a search's options from which a command points to their page."""


def commands_text() -> str:
    """A section for each command, in the order of the help."""
    from bench.cli.app import app

    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="bench")
    names = group.list_commands(context)
    return "\n".join(_section(group.get_command(context, name)) for name in names)


def _section(command: Any) -> str:
    of_search = {flag(option.name) for option in search_options()}
    own = [p for p in command.params if not of_search.issuperset(p.opts)]
    shared = [p for p in command.params if p not in own]
    if len(shared) < FEW:
        own, shared = command.params, []
    text = f"## {command.name}\n\n{prose(command.help)}\n"
    if rows := [_row(each) for each in own if not _is_help(each)]:
        text += "\n" + table(("", "what it is", "default"), rows)
    if shared:
        text += f"\n{_shared_text(command.name, shared, len(of_search))}\n"
    return text


def _shared_text(name: str, shared: list[Any], count: int) -> str:
    link = "[options of a search](options.md)"
    if name == "search":
        return f"It takes the {link}."
    if len(shared) > count // 2:
        return f"It takes the {link} too, but for those of results and output."
    listed = ", ".join(f"`{each.opts[0]}`" for each in shared)
    return f"Of the {link} it takes {listed}."


def _row(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    name = (
        parameter.opts[0] if is_option else parameter.metavar or parameter.name.upper()
    )
    return f"`{name}`", parameter.help or "", _default(parameter)


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    hidden = parameter.default in (None, False) or parameter.required
    return "" if hidden else f"{parameter.default}"


def _is_help(parameter: Any) -> bool:
    return "--help" in parameter.opts
