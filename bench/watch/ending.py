"""Asks a running study to end its search, by a file that it looks for."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bench.files import replace_file
from bench.report import can_end
from bench.store import Store, early_end_file


def check(request: Request, token: str) -> None:
    """Refuse a request that doesn't come from the page of this server.

    A page from elsewhere can send requests here, but neither read the token nor add a
    header to them.

    Raises:
        HTTPException: It comes from elsewhere.
    """
    headers = request.headers
    own = f"http://{headers.get('host', '')}"
    is_own = headers.get("origin", own) == own
    given = headers.get("x-token", "")
    if not is_own or not secrets.compare_digest(given.encode(), token.encode()):
        raise HTTPException(
            403, "only the page of this server ends a search: reload it"
        )


def ask(results: Path, study: str) -> None:
    """Ask for the end of a search.

    Raises:
        HTTPException: The study doesn't search now.
        WriteError: The file can't be written.
    """
    with Store(results, read_only=True) as store, store.at_one_instant():
        record = store.study(study)
        if record is None or not can_end(store, record):
            raise HTTPException(409, "this study does not search now")
    replace_file(early_end_file(results, study), b"")
