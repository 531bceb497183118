"""The table of options in the README, made from their declarations.

``python -m bench.cli.reference README.md`` writes it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.errors import UsageError, flag
from bench.files import replace_file
from bench.study.requests import search_options
from search_spaces.parts.options import Option

BEGIN, END = "<!-- options -->\n", "<!-- end of options -->"
"""Lines of a document between which the table stands."""


def options_table() -> str:
    """The options of ``search`` as a Markdown table, in the order of its help."""
    lines = ["| | option | what it does | default |", "| --- | --- | --- | --- |"]
    group = ""
    for option in search_options():
        heading = option.group if option.group != group else ""
        group = option.group
        texts = heading, f"`{flag(option.name)}`", option.help, _default(option)
        lines.append(f"| {' | '.join(texts)} |")
    return "\n".join(lines) + "\n"


def with_table(document: str) -> str:
    """A document with the present table in place of the one between the markers.

    Raises:
        UsageError: The document lacks the markers.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(
            f"a document with a table of options needs the lines {BEGIN.strip()!r} and "
            f"{END!r}; one is missing: add them"
        )
    return f"{before}{begin}{options_table()}{end}{after}"


def _default(option: Option) -> str:
    if option.default_text is not None:
        return option.default_text
    if option.default is None or option.default is False:
        return ""
    return option.text(option.default)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        replace_file(path, with_table(path.read_text("utf-8")).encode())
