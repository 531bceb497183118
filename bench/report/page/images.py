"""The images of a page: in the page itself, or as files beside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

LIMIT = 1_500_000
"""Bytes of the images that a page holds inlined, as they count in the page."""

FOLDER = "images"
"""Folder beside the pages, of images that are linked."""

_KINDS = {b"\x89PNG": "png", b"RIFF": "webp", b"\xff\xd8\xff": "jpeg"}


@dataclass(kw_only=True)
class PageImages:
    """Turns the images of one page into addresses.

    Attributes:
        are_linked: Whether images become files in ``FOLDER`` beside the page, without
            a limit; else they are inlined, up to ``LIMIT``.
        files: Contents of the linked images by their paths, relative to the page.
        left_out: Number of images that went beyond the limit.
    """

    are_linked: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: int = 0
    _inlined: int = 0

    def source(self, content: bytes) -> str | None:
        """Where an ``<img>`` takes an image from; None if the page is heavy already.

        Args:
            content: A PNG, WebP or JPEG file.
        """
        kind = _kind(content)
        if self.are_linked:
            name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
            self.files[name] = content
            return name
        address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        if self._inlined + len(address) > LIMIT:
            self.left_out += 1
            return None
        self._inlined += len(address)
        return address


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the report.

    Attributes:
        name: Name of its file.
        html: Its content.
        files: Contents of the files that it links, by their paths relative to it.
    """

    name: str
    html: str
    files: dict[str, bytes] = field(default_factory=dict)


def _kind(content: bytes) -> str:
    for start, kind in _KINDS.items():
        if content.startswith(start):
            return kind
    raise ValueError("an image is neither PNG, WebP nor JPEG")
