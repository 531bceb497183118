"""Image files that are opened, whatever they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bench.datasets.image_formats import formats_of
from bench.errors import shortened
from bench.files import open_regular

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as OpenedImage


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """An image file that is held in memory.

    Attributes:
        content: Of the file.
        name: For messages.
    """

    content: bytes
    name: str

    def __str__(self) -> str:
        return self.name


ImageFile = Path | Encoded


def size_of(file: ImageFile) -> int:
    """Bytes of an image file; 0 if it can't be found."""
    if isinstance(file, Encoded):
        return len(file.content)
    try:
        return file.stat().st_size
    except OSError:
        return 0


@contextmanager
def opened_image(path: ImageFile) -> Iterator[OpenedImage]:
    """An image file whose header is read; see ``open_regular``."""
    from PIL import Image

    content: AbstractContextManager[BinaryIO] = (
        io.BytesIO(path.content) if isinstance(path, Encoded) else open_regular(path)
    )
    with content as file, Image.open(file, formats=formats_of(file)) as image:
        yield image


def is_deep(image: OpenedImage) -> bool:
    """Whether the values of an image have 16 bits or more."""
    return image.mode.startswith(("I", "F")) or has_low_bytes(image)


def has_low_bytes(image: OpenedImage) -> bool:
    """Whether Pillow would read only the high bytes of an image's 16-bit colours."""
    return any(str(tile[3]) in ("RGB;16B", "RGBA;16B") for tile in image.tile)


def reason(error: Exception) -> str:
    """Why a file can't be read, in a few words."""
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "no image of these formats"
    text = error.strerror if isinstance(error, OSError) and error.strerror else error
    return shortened(" ".join(str(text).split()), 120) or type(error).__name__
