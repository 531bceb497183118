"""URLs: told from paths, named without credentials, and made into names of files."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+://"
"""Of two letters or more: one letter is a drive of Windows."""

_IS_URL = re.compile(_SCHEME)
_BETWEEN = re.compile(rf"(,|::)(?={_SCHEME})")
_COMMA = re.compile(rf",(?={_SCHEME})")
_KIND = re.compile(rf"^\w+:(?={_SCHEME})")
_IN_SENTENCE = re.compile(rf"{_SCHEME}[^\s'\"<>]+")

_WEB = ("http", "https")

_WITH_CONTAINER = ("abfs", "abfss", "wasb", "wasbs")
"""Schemes of Azure, which have the name of the container where others have the user."""

_MOST = 40
"""Characters of a URL that the name of a file or folder repeats."""


def is_url(text: str) -> bool:
    return _IS_URL.match(text) is not None


def is_web(url: str) -> bool:
    """Whether a web server is asked, which has pages in place of folders."""
    return url.lower().startswith(tuple(f"{scheme}://" for scheme in _WEB))


def public(text: str) -> str:
    """A text without the credentials of its URLs: users, passwords and queries.

    Args:
        text: A URL, several with commas or ``::`` between them, or such after a kind,
            as in ``npz:https://host/file.npz``. Other texts stay as they are.
    """
    parts = _BETWEEN.split(text)
    return "".join(map(_clean, parts))


def addresses(text: str) -> dict[str, str]:
    """The URLs in the name of a data set, by what is public of them.

    Args:
        text: Such as ``folder:s3://bucket/photos``, or without any URL.
    """
    parts = (_KIND.sub("", part) for part in _COMMA.split(text))
    return {public(part): part for part in parts if is_url(part)}


def without_credentials(sentence: str) -> str:
    """A message of a library without the credentials of the URLs in it."""
    return _IN_SENTENCE.sub(lambda match: public(match[0]), sentence)


def last_name(url: str) -> str:
    """The last part of a URL's path, as the name of a file or folder."""
    name = public(url).rstrip("/").rpartition("/")[2]
    name = unquote(name) if is_web(url) else name
    is_name = name not in ("", ".", "..") and "/" not in name and "\0" not in name
    return name if is_name and len(name.encode()) <= 255 else "content"


def slug(url: str) -> str:
    """A name of a folder for a URL: readable, and another for every URL."""
    name = public(url).rstrip("/")
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", name)[-_MOST:].strip("-.")
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _clean(text: str) -> str:
    before, mark, rest = text.partition("://")
    if not mark:
        return text
    scheme = before.rpartition(":")[2].lower()
    rest = re.split(r"[?#]" if scheme in _WEB else r"\?", rest, maxsplit=1)[0]
    place, slash, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    if at and (scheme not in _WITH_CONTAINER or ":" in user):
        place = host
    return f"{before}{mark}{place}{slash}{path}"
