"""Texts in Markdown, CSV and JSON."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from numbers import Number
from typing import Any

from bench.text.visible import terminal, visible

PARAGRAPH = 5_000
"""Characters of a text in a document; longer texts lose their middle."""

_SPECIAL = re.compile(
    r"""
    [\\`*\[\]|~$]               # escapes, code, emphasis, links, cells, formulas
    | (?<![^\W_])_ | _(?![^\W_])    # emphasis, unless within a word
    | :(?=//) | (?<=\bwww)\.        # addresses, which become links by themselves
    | ^[-+](?=\s|-|$) | ^\#(?=[\s\#]|$) | ^>    # lists, rules, headings, quotations
    | (?<=^\d)[.)](?=\s|$) | (?<=^\d\d)[.)](?=\s|$)     # numbered lists
    | (?<=\s)\#+$               # the end of a heading
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?=\#?\w+;)")
_FORMULA = ("=", "+", "-", "@")


class Markdown(str):
    """A text that is Markdown already, and so is not escaped again."""

    __slots__ = ()


def markdown(value: object, length: int = PARAGRAPH) -> Markdown:
    """A value as Markdown that shows it as it is, without links, HTML and formatting.

    Args:
        value: Any value; ``Markdown`` is returned unchanged.
        length: Characters after which the middle is left out.
    """
    if isinstance(value, Markdown):
        return value
    text = " ".join(terminal(str(value), length).split())
    text = _SPECIAL.sub(lambda match: f"\\{match[0]}", text)
    return Markdown(_ENTITY.sub("&amp;", text).replace("<", "&lt;"))


def code(text: str) -> Markdown:
    """A text as a code span, delimited by more backticks than it holds in a row."""
    shown = terminal(text, PARAGRAPH)
    runs = re.findall("`+", shown)
    fence = "`" * (1 + max(map(len, runs), default=0))
    space = " " if not shown or "`" in (shown[0], shown[-1]) else ""
    return Markdown(f"{fence}{space}{shown}{space}{fence}")


def csv_cell(value: object) -> object:
    """A value as a cell that no spreadsheet takes for a formula.

    A text that begins as a formula does gets a ``'`` before it, unless it is a number.
    """
    if value is None or isinstance(value, Number):
        return value
    text = visible(str(value)).strip()
    first = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if first in _FORMULA and not _is_number(text) else text


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in visible ASCII characters; numbers that JSON lacks become ``null``."""
    return json.dumps(_finite(value), indent=indent, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    return list(map(_finite, value)) if isinstance(value, list | tuple) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
