"""Signatures and docstrings of functions that take declared options."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bench.errors import UsageError, unknown
from search_spaces import FAMILY_OPTIONS
from search_spaces.parts.options import Option

Function = TypeVar("Function", bound=Callable[..., Any])

_HEADING = "\n    Options:\n"


def with_options(options: Sequence[Option]) -> Callable[[Function], Function]:
    """Show declared options in the signature and the docstring of a function.

    The function takes them as further keyword arguments; unknown ones are refused.

    Args:
        options: In the order of the docstring.
    """
    names = [option.name for option in options]

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        taken = {parameter.name for parameter in own}
        added = [_parameter(option) for option in options if option.name not in taken]
        shown: Any = function
        shown.__signature__ = signature.replace(parameters=[*own, *added])
        lines = [_line(option) for option in options if option.name not in taken]
        shown.__doc__ = f"{function.__doc__}{_HEADING}{''.join(lines)}    "
        return function

    names.sort()
    return decorate


def check_known(given: Sequence[str], options: Sequence[Option]) -> None:
    """Refuse keyword arguments that are no options.

    Raises:
        UsageError: With the nearest option.
    """
    known = [option.name for option in options]
    for name in given:
        if name not in known:
            raise UsageError(unknown("option", name, known, ", ".join(known)))


def _parameter(option: Option) -> inspect.Parameter:
    # Only some families take these, and refuse them even at their defaults.
    default = None if option in FAMILY_OPTIONS else option.default
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=default
    )


def _line(option: Option) -> str:
    text = f"{option.name}: {option.help}"
    default = option.default_text
    if default is None and option.default not in (None, False):
        default = option.text(option.default)
    if default is not None:
        text += f" Default: {default}."
    filled = textwrap.fill(text, 72, break_on_hyphens=False)
    first, *others = filled.splitlines()
    return "".join(
        [f"        {first}\n", *(f"            {line}\n" for line in others)]
    )
