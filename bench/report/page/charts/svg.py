"""Elements of SVG as safe markup."""

from __future__ import annotations

from markupsafe import Markup, escape

from bench.text import visible

SHADES = 8
"""Number of steps of the sequential colours in ``charts.css``."""

LETTER = 6.6
"""Pixels that a letter of a tick takes on average, rather more than less."""

Attribute = str | float | None


def element(name: str, *content: str, **attributes: Attribute) -> Markup:
    """An element with its content.

    Args:
        name: Of the element.
        *content: Texts, which are escaped, and ``Markup``, which is not.
        **attributes: ``_`` stands for ``-``, and one at the end is left out; None
            leaves the attribute out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(map(_text, content))
    return Markup(f"<{name}{given}>{inner}</{name}>" if inner else f"<{name}{given}/>")


def joined(*parts: Markup) -> Markup:
    return Markup("").join(parts)


def across(position: float) -> str:
    """A position between 0 and 1 from left to right, as a percentage."""
    return f"{_short(100 * position)}%"


def shade(share: float) -> str:
    """Class of a colour between low and high, for a share between 0 and 1."""
    return f"shade-{min(SHADES - 1, max(0, int(share * SHADES)))}"


def _value(value: str | float) -> str:
    return str(escape(visible(value) if isinstance(value, str) else _short(value)))


def _text(content: str) -> str:
    return str(content if isinstance(content, Markup) else escape(visible(content)))


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
