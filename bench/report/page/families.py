"""Families on pages: classes of their colours and dashes, and their keys."""

from __future__ import annotations

from markupsafe import Markup

from bench.report.page.charts import element, shape
from bench.report.palette import DARK, LIGHT, Style


def css() -> str:
    """Rules for the classes of colours, which set the variable ``--shade``."""
    dark = "@media screen and (prefers-color-scheme: dark)"
    return "\n".join(
        (
            f":root {{\n{_variables(LIGHT)}\n}}",
            f"{dark} {{\n:root {{\n{_variables(DARK)}\n}}\n}}",
            *(
                f".{_name(n)} {{ --shade: var(--{_name(n)}); }}"
                for n in range(len(LIGHT))
            ),
        )
    )


def colour_class(style: Style) -> str:
    """Class that sets the colour of a family."""
    return _name(style.colour)


def line_class(style: Style) -> str:
    """Classes that set the colour and the dash of a family's line."""
    return f"{colour_class(style)} dash-{style.dash}"


def key(style: Style | None) -> Markup:
    """The marker of a family, beside its name; nothing for what is no family."""
    if style is None:
        return Markup("")
    return element(
        "svg",
        shape(style.marker, 5),
        class_=f"key {colour_class(style)}",
        viewBox="-6 -6 12 12",
        aria_hidden="true",
    )


def _name(colour: int) -> str:
    return f"series-{colour + 1}"


def _variables(colours: tuple[str, ...]) -> str:
    return "\n".join(f"  --{_name(n)}: {c};" for n, c in enumerate(colours))
