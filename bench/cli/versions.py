"""The versions of the toolkit and of what its results depend on."""

from __future__ import annotations

import platform

import typer

from bench.errors import SCRIPT
from bench.text import say


def show(is_asked: bool) -> None:
    """Print the versions and end, if a user asks for that; nothing is imported."""
    if not is_asked:
        return
    from bench.training import backend

    name = backend.choose(None)
    found = backend.versions(name)
    package = backend.BACKENDS[name]
    say(
        f"{SCRIPT} {found[SCRIPT]}, Keras {found['keras']}, {package} "
        f"{found[package]} (backend), Python {platform.python_version()}"
    )
    raise typer.Exit
