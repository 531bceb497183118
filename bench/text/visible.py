"""Texts on one line, in which every character can be seen."""

from __future__ import annotations

import re

LINE = 1_000
"""Characters of a line on a terminal; longer texts lose their middle."""

_BREAK = re.compile(r"[^\S ]\s*")
"""A line break, tab or the like, with the white space after it."""

_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""Characters that Unicode counts as printable though nothing is seen of them."""


def visible(text: str) -> str:
    r"""The text on one line, with an escape for every character that can't be seen.

    Line breaks and tabs become a space. Control characters, marks that turn the
    direction of writing, characters without width and undecodable bytes of file names
    become escapes such as ``\x1b`` and ``\u202e``.
    """
    return seen(_BREAK.sub(" ", text))


def seen(text: str) -> str:
    """The text with an escape for every character that can't be seen.

    Line breaks and tabs are escaped too.
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    return "".join(
        character
        if character.isprintable() and not _BLANK.match(character)
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def terminal(text: str, length: int = LINE) -> str:
    """A line for a terminal; its middle is left out if it is longer than ``length``.

    The middle, since an error names its way out at its end.
    """
    line = visible(text).strip()
    left_out = len(line) - length
    if left_out <= 0:
        return line
    end = length // 3
    start = length - end
    return (
        f"{line[:start]} … ({left_out:,} characters left out) … "
        f"{line[len(line) - end :]}"
    )


def shortened(text: str, length: int) -> str:
    """A name on one line, cut to a length and ended by an ellipsis if it is longer."""
    line = visible(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
