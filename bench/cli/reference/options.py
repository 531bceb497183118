"""The options of ``search``."""

from __future__ import annotations

from bench.cli.reference.markdown import table
from bench.errors import flag
from bench.study.requests import help_text, search_options
from search_spaces.parts.options import Option


def options_table() -> str:
    """The options of ``search`` as a Markdown table, in the order of its help."""
    rows = []
    group = ""
    for option in search_options():
        heading = option.group if option.group != group else ""
        group = option.group
        said = help_text(option)
        rows.append((heading, f"`{flag(option.name)}`", said, _default(option)))
    return table(("", "option", "what it does", "default"), rows)


def _default(option: Option) -> str:
    if option.default_text is not None:
        return option.default_text
    if option.default is None or option.default is False:
        return ""
    return option.text(option.default)
