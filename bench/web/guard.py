"""Guards an application: bounds what it is sent, and what a page of it may do."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES = 20 * 2**20
"""Maximum length of the body of a request."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of all answers that don't set them otherwise. A page may load its own files
only, and run no other code."""


class Guard:
    """Passes requests on, but for those that are too long or name another host.

    A page from elsewhere whose name leads to this machine, by a trick with DNS, would
    else be free to read answers. Its requests carry that name.

    Args:
        app: The application.
        hosts: Names by which requests may call this machine; None for any.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if refusal := self._refusal(Headers(scope=scope)):
            await refusal(scope, receive, send_guarded)
        else:
            await self._app(scope, _bounded(receive), send_guarded)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        host = _name(headers.get("host", ""))
        if self._hosts is not None and host not in self._hosts:
            return JSONResponse(
                {"error": "this server answers to the name of its own address only"},
                400,
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BYTES:
            return JSONResponse({"error": _too_long().detail}, 413)
        return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _bounded(receive: Receive) -> Receive:
    """Receive a body that need not be as long as its header says."""
    length = 0

    async def receive_bounded() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > MAX_BYTES:
            raise _too_long()
        return message

    return receive_bounded


def _too_long() -> HTTPException:
    return HTTPException(
        413,
        f"a request has at most {MAX_BYTES // 2**20} MiB: send a smaller image",
    )
