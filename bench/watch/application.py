"""The pages of a store over HTTP, and events when the store has changed.

``GET /`` is the page of the study that runs, ``GET /events`` an event for each change,
``GET /index.html`` and its neighbours are the report, and ``POST /studies/ID/end`` asks
a study to end its search.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from bench.errors import BenchError
from bench.report import live_page, page_now
from bench.store import Store
from bench.watch import ending
from bench.watch.news import News
from bench.web.guard import Guard
from bench.web.server import LOCAL

_OF_PAGES = {
    # The pages say themselves which script they execute, by its hash.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}


def application(results: Path, news: News) -> Starlette:
    """The application for a results folder.

    Args:
        results: The folder.
        news: Of its store.
    """
    token = secrets.token_urlsafe(32)
    # One page at a time: the search needs the processor more.
    one = CapacityLimiter(1)

    async def page(make: Callable[[Store], str | None]) -> Response:
        html = await run_sync(_made, results, make, limiter=one)
        if html is None:
            raise HTTPException(404, "the report has no such page")
        return HTMLResponse(html, headers=_OF_PAGES)

    async def live(request: Request) -> Response:
        with news.timed():
            return await page(lambda store: live_page(store, token))

    async def report(request: Request) -> Response:
        name = f"{request.path_params['name']}.html"
        return await page(lambda store: page_now(store, name))

    async def events(request: Request) -> Response:
        return StreamingResponse(news.events(), media_type="text/event-stream")

    async def end(request: Request) -> Response:
        ending.check(request, token)
        study = request.path_params["study"]
        await run_sync(ending.ask, results, study, limiter=one)
        return JSONResponse({"asked": study}, 202)

    return Starlette(
        routes=[
            Route("/", live),
            Route("/events", events),
            Route("/{name}.html", report),
            Route("/studies/{study}/end", end, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=LOCAL)],
        exception_handlers={
            HTTPException: _refused,
            BenchError: _unreadable,
            Exception: _failed,
        },
    )


def _made(results: Path, make: Callable[[Store], str | None]) -> str | None:
    """A page of the store as it is at one instant."""
    with Store(results, read_only=True) as store, store.at_one_instant():
        return make(store)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 503)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "this is a defect of watch, see its log"}, 500)
