"""The packages that serving needs besides those of the toolkit."""

from __future__ import annotations

from importlib.util import find_spec

from bench.errors import UsageError

_MODULES = ("starlette", "uvicorn", "python_multipart")


def check() -> None:
    """Refuse to serve without the packages for it.

    Raises:
        UsageError: One is missing.
    """
    missing = [name for name in _MODULES if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"serve needs Starlette, uvicorn and python-multipart; {missing[0]} is not "
            "installed: pip install 'keras-leaderboard[serve]'"
        )
