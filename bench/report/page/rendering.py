"""Renders pages: every value is escaped, style and script are inlined."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.report import cells
from bench.report.page.families import css
from bench.text import visible

MARK = '<meta name="generator" content="keras-leaderboard">'
"""Stands in the head of every page."""

_FOLDER = Path(__file__).parent
_NO_KEY = Markup("")


def render(
    template: str,
    *,
    scripts: Iterable[str] = (),
    styles: Iterable[str] = (),
    is_live: bool = False,
    key: Markup = _NO_KEY,
    **values: Any,
) -> str:
    """A page as HTML.

    Args:
        template: Path of the template below this package, such as
            ``sections.html.j2``; ``layout.html.j2`` says what it may hold.
        scripts: Paths of the scripts that the page needs, below this package.
        styles: Paths of the style sheets that it needs beside ``style.css``.
        is_live: Whether the page asks the server that it came from for news.
        key: Marker of the family that the page is about, before the title.
        **values: Values of the template. Texts are escaped unless they are ``Markup``.
    """
    script = "\n".join(map(_source, scripts))
    style = (css(), *map(_source, ("style.css", *styles)))
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup("\n".join(style)),
            script=Markup(script),
            policy=_policy(script, is_live),
            key=key,
            **values,
        )
    )


@cache
def environment() -> Environment:
    """The templates of all pages."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,  # every value, so that none can be forgotten
    )
    made.filters["hyperparameters"] = cells.hyperparameters
    made.filters["capitalized"] = cells.capitalized
    return made


def _shown(value: Any) -> Any:
    """A value that is no markup as a text in which every character can be seen."""
    return value if isinstance(value, Markup) else visible(str(value))


@cache
def _source(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _policy(script: str, is_live: bool) -> str:
    """Lets a page load nothing but what is live, and execute its own script only.

    A second lock: should a text ever get past the escaping, it is not executed.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    live = "; connect-src 'self'" if is_live else ""
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "img-src data: 'self' file:; base-uri 'none'; form-action 'none'"
        f"{live}"
    )
