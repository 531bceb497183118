"""What the errors of file systems at URLs mean, and which of them may pass."""

from __future__ import annotations

import errno
import itertools
import time
from collections.abc import Callable
from typing import TypeVar

from bench.errors import BenchError, RefusedError, RemoteError, shortened, shown
from bench.files import of_machine
from bench.remote.urls import is_web, public, without_credentials

Result = TypeVar("Result")

PAUSES: tuple[float, ...] = (1, 2, 4, 8)
"""Seconds before each further attempt."""

ENOUGH = 60.0
"""Seconds after which there is no further attempt: some libraries make their own."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_DENIED = (
    *("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"),
    *("DefaultCredentialsError", "RefreshError", "ClientAuthenticationError"),
)
"""Errors of the clients of Amazon, Google and Azure, none of which is imported here."""

_UNFIT = (NotImplementedError, ValueError, TypeError, ImportError)

_MAY_PASS = (408, 425, 429)
"""Answers of servers below 500 after which another attempt may succeed."""


def persistently(action: Callable[[], Result], url: str) -> Result:
    """Do something over a network, several times with growing pauses if it fails.

    Args:
        action: What is done; it is done again from its start.
        url: Of what it is done with.

    Raises:
        RefusedError: The answer is no, and another attempt would get the same.
        RemoteError: Every attempt failed.
        WriteError: The disk is full.
    """
    began = time.monotonic()
    for attempt in itertools.count(1):
        try:
            return action()
        except BenchError:
            raise
        except Exception as error:  # every file system raises errors of its own
            meaning = explained(error, url, attempt)
            is_last = attempt > len(PAUSES) or time.monotonic() - began > ENOUGH
            # Not from the error, whose own text may name the URL with its credentials.
            if is_last or not _is_passing(meaning):
                raise meaning from None
        time.sleep(PAUSES[attempt - 1])
    raise AssertionError("attempts are counted without end")


def explained(error: Exception, url: str, attempts: int = 1) -> BenchError:
    """What an error means: a ``RemoteError``, or a ``WriteError`` of the local disk.

    Args:
        error: Of any file system.
        url: Of what was done with it.
        attempts: How often that was tried.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        return of_machine(error) or RemoteError(str(error))
    if is_web(url):
        error = _cause(error)
    place, status = shown(public(url)), _status(error)
    if isinstance(error, _NOT_THERE) or status in (404, 410):
        return RefusedError(
            f"a URL must lead to something; there is nothing at {place} "
            f"({_reason(error)}): check it"
        )
    if _is_denied(error, status):
        return RefusedError(
            f"a bucket or server must grant access; {place} is refused "
            f"({_reason(error)}): set credentials as its own tools have them, or give "
            "another URL"
        )
    if isinstance(error, _UNFIT) and not isinstance(error, OSError):
        return RefusedError(
            f"a URL must be one that fsspec opens; {place} is not ({_reason(error)}): "
            "check it"
        )
    return RemoteError(
        f"a network must hold while files are transferred; {place} failed "
        f"{attempts} time{'s' * (attempts > 1)}, at last with {_reason(error)}: give "
        "the same command again, and it goes on"
    )


def _is_passing(meaning: BenchError) -> bool:
    return isinstance(meaning, RemoteError) and not isinstance(meaning, RefusedError)


def _is_denied(error: Exception, status: int | None) -> bool:
    if isinstance(error, PermissionError) or type(error).__name__ in _DENIED:
        return True
    return status is not None and 400 <= status < 500 and status not in _MAY_PASS


def _cause(error: Exception) -> Exception:
    """What is behind a missing file: every failed look at a web server is called so."""
    while isinstance(error, FileNotFoundError) and isinstance(
        error.__cause__, Exception
    ):
        error = error.__cause__
    return error


def _status(error: Exception) -> int | None:
    """The status with which a server answered, if that is known."""
    for name in ("status", "status_code", "code"):
        if isinstance(status := getattr(error, name, None), int):
            return status
    return None


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    name = type(error).__name__
    return shortened(without_credentials(text), 160) if text else name
