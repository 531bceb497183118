"""The packages of the extra ``serve``, which servers need."""

from __future__ import annotations

from importlib.util import find_spec

from bench.errors import UsageError

_MODULES = ("starlette", "uvicorn", "python_multipart")


def missing() -> list[str]:
    """Modules of the extra that are not installed."""
    return [name for name in _MODULES if find_spec(name) is None]


def check(command: str) -> None:
    """Refuse a command without the packages for it.

    Args:
        command: Name of the command that serves something.

    Raises:
        UsageError: One is missing.
    """
    if names := missing():
        raise UsageError(
            f"{command} needs Starlette, uvicorn and python-multipart; {names[0]} is "
            "not installed: pip install 'keras-leaderboard[serve]'"
        )
