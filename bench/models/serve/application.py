"""The HTTP interface of a study's models.

``POST /predict`` takes an image and answers with JSON, ``POST /explain`` with the image
under a map of what speaks for its prediction, and ``GET /`` with a page for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from importlib.resources import files
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bench.errors import DatasetError
from bench.models.serve.predictor import Predictor
from bench.web.guard import Guard

SECONDS = 30
"""Maximum time that sending an image may take."""

_FILES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

_TYPES = "an image as the body, or as a file of multipart/form-data"


def application(
    predictor: Predictor, hosts: Collection[str] | None = None
) -> Starlette:
    """The application for a study.

    Args:
        predictor: Answers questions about images.
        hosts: Names by which requests may call this machine; None for any.
    """
    page = Environment(autoescape=True).from_string(_text("page.html"))
    html = page.render(predictor.about())
    # One image at a time: models use all cores, and see ``Predictor``.
    one = CapacityLimiter(1)

    async def index(request: Request) -> Response:
        return HTMLResponse(html)

    async def predict(request: Request) -> Response:
        return JSONResponse(await _answer(predictor.predict, request, one))

    async def explain(request: Request) -> Response:
        png = await _answer(predictor.explain, request, one)
        return Response(png, media_type="image/png")

    return Starlette(
        routes=[
            Route("/", index),
            Route("/predict", predict, methods=["POST"]),
            Route("/explain", explain, methods=["POST"]),
            *(_file(name, media_type) for name, media_type in _FILES.items()),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )


def _text(name: str) -> str:
    return files("bench.models.serve").joinpath(name).read_text("utf-8")


def _file(name: str, media_type: str) -> Route:
    content = _text(name)

    async def answer(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(f"/{name}", answer)


async def _answer(
    function: Callable[[bytes], Any], request: Request, limiter: CapacityLimiter
) -> Any:
    try:
        async with asyncio.timeout(SECONDS):
            content = await _image(request)
    except TimeoutError:
        raise HTTPException(
            408, f"an image must arrive within {SECONDS} seconds: send a smaller one"
        ) from None
    try:
        return await run_sync(function, content, limiter=limiter)
    except DatasetError as error:
        raise HTTPException(400, str(error)) from error


async def _image(request: Request) -> bytes:
    """The image that a request sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        content = await _uploaded(request)
    elif kind.startswith("image/") or kind in ("", "application/octet-stream"):
        content = await request.body()
    else:
        raise HTTPException(415, f"send {_TYPES}; {kind[:80]!r} is neither")
    if not content:
        raise HTTPException(400, f"send {_TYPES}; nothing was sent")
    return content


async def _uploaded(request: Request) -> bytes:
    async with request.form(max_files=1, max_fields=8) as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                content: bytes = await value.read()
                return content
    return b""


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "this is a defect of the server, see its log"}, 500)
