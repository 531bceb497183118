"""The socket of a server, and its loop."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.errors import UsageError, shown

if TYPE_CHECKING:
    from starlette.applications import Starlette

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that no other machine can use."""

MAX_CONNECTIONS = 32


def listen(host: str, port: int) -> socket.socket:
    """Take a port, before anything takes time.

    Args:
        host: Name or address of this machine.
        port: The port; 0 for any that is free.

    Raises:
        UsageError: The port is in use or not allowed, or the host is another.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        reason = reason.partition(" (")[0]  # the rest names the address again
        raise UsageError(
            f"a server needs a free port of this machine; {shown(host)} with port "
            f"{port} is none ({reason}): end the program that has it, or give another "
            "--port"
        ) from error


def address(listening: socket.socket) -> str:
    """Where a browser finds a server."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_local(host: str) -> bool:
    """Whether only programs on this machine can reach a host."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def allowed_hosts(host: str) -> Collection[str] | None:
    """Names by which requests may call this machine; None for any."""
    return LOCAL | {host.lower()} if is_local(host) else None


def run(
    app: Starlette, listening: socket.socket, at_end: Callable[[], None] | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        app: The application.
        listening: Its socket.
        at_end: Ends answers that would go on for ever; called before the server waits
            for those that have begun.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if at_end is not None:
                at_end()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        log_level="warning",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        server_header=False,
        lifespan="off",
        ws="none",
    )
    with suppress(KeyboardInterrupt):  # how a server is ended
        Server(config).run(sockets=[listening])
