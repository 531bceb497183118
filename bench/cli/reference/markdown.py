"""Tables of Markdown, and the texts of docstrings in it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, a line for each row; bars within a cell do not end it."""
    lines = [headings, ["---"] * len(headings), *(map(_cell, row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def prose(docstring: str | None) -> str:
    """The paragraphs of a docstring, without its sections for programmers."""
    text = re.split(
        r"^(?:Args|Attributes|Raises|Returns):$", _clean(docstring), flags=re.M
    )
    references = re.findall(
        r"^References?: .*?(?=\n\n|\Z)", _clean(docstring), re.M | re.S
    )
    paragraphs = [text[0].strip(), *(r for r in references if r not in text[0])]
    return "\n\n".join(paragraphs)


def _clean(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "").replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
