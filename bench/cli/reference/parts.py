"""Made parts of documents, and the lines between which they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.cli.reference.columns import columns_table
from bench.cli.reference.commands import commands_text
from bench.cli.reference.families import families_text
from bench.cli.reference.options import options_table
from bench.cli.reference.portfolios import portfolios_text
from bench.cli.reference.tuners import tuners_table
from bench.errors import UsageError

PARTS: Mapping[str, Callable[[], str]] = {
    "options": options_table,
    "commands": commands_text,
    "families": families_text,
    "tuners": tuners_table,
    "portfolios": portfolios_text,
    "columns": columns_table,
}
"""What makes each part, as Markdown that ends with a line break."""

PAGES = tuple(f"docs/reference/{name}.md" for name in PARTS)
"""Documents that hold the parts, from the root of the repository."""


def with_parts(document: str) -> str:
    """A document with the present parts in place of those between its lines.

    Raises:
        UsageError: The document has no made part, or one without an end.
    """
    names = [name for name in PARTS if _begin(name) in document]
    if not names:
        raise UsageError(
            "a document with made parts has lines such as '<!-- options -->' and "
            "'<!-- end of options -->'; there are none: add them"
        )
    for name in names:
        document = _with_part(document, name)
    return document


def _with_part(document: str, name: str) -> str:
    before, begin, rest = document.partition(_begin(name))
    end = f"<!-- end of {name} -->"
    _, found, after = rest.partition(end)
    if not found:
        raise UsageError(
            f"a made part ends with the line {end!r}; it is missing: add it"
        )
    return f"{before}{begin}{PARTS[name]()}{end}{after}"


def _begin(name: str) -> str:
    return f"<!-- {name} -->\n"
