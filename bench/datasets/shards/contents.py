"""The images that are written to shards: files as they are, arrays as PNG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from bench.datasets import image_file
from bench.datasets.image_opening import Encoded, ImageFile, reason, size_of
from bench.datasets.listing import Listing
from bench.errors import DatasetError, shown
from bench.files import open_regular

_KEPT = ("PNG", "JPEG")
"""Formats that every reader of shards knows; other files are written as PNG."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """An image as it is written.

    Attributes:
        encoded: The bytes of a PNG or JPEG file.
        format: ``PNG`` or ``JPEG``.
        size: Height and width.
        name: Of its file; empty for one that has no path.
    """

    encoded: bytes
    format: str
    size: tuple[int, int]
    name: str = ""

    def features(self, label: int, text: str) -> dict[str, bytes | int]:
        """Features under the names that image tools use."""
        features: dict[str, bytes | int] = {
            "image/encoded": self.encoded,
            "image/format": self.format.encode(),
            "image/height": self.size[0],
            "image/width": self.size[1],
            "image/class/label": label,
            "image/class/text": text.encode("utf-8", "backslashreplace"),
        }
        if self.name:
            features["image/filename"] = self.name.encode("utf-8", "backslashreplace")
        return features


class Contents(Protocol):
    """Images that are written to shards; called from several threads at once."""

    def sizes(self) -> np.ndarray:
        """About how many bytes each image takes, ``(n,)``; the same at every call."""

    def content(self, number: int) -> Content:
        """An image.

        Raises:
            DatasetError: It can't be read.
        """


@dataclass(frozen=True)
class FileContents:
    """Image files, whose bytes are kept where they are PNG or JPEG."""

    listing: Listing

    def sizes(self) -> np.ndarray:
        return np.array(list(map(size_of, self.listing.files)), np.int64)

    def content(self, number: int) -> Content:
        file = self.listing.files[number]
        try:
            encoded = _read(file)
            image, file_format = image_file.whole(encoded)
        except Exception as error:  # broken files make Pillow raise any type
            raise DatasetError(
                f"images must be whole and readable; {shown(str(file))} is not "
                f"({reason(error)}); mend it, or leave such images out with "
                "--skip-unreadable"
            ) from error
        if file_format not in _KEPT:
            encoded, file_format = _png(np.asarray(image.convert("RGB"))), "PNG"
        return Content(
            encoded=encoded,
            format=file_format,
            size=(image.height, image.width),
            name=self.listing.name(file) if isinstance(file, Path) else "",
        )


@dataclass(frozen=True)
class ArrayContents:
    """Images ``(n, height, width, channels)``, ``uint8``, written as PNG.

    Raises:
        DatasetError: PNG files can't hold them.
    """

    images: np.ndarray

    def __post_init__(self) -> None:
        channels = self.images.shape[3]
        if self.images.dtype != np.uint8 or channels not in (1, 3):
            raise DatasetError(
                "shards hold images of 8 bits with 1 or 3 channels; these are "
                f"{self.images.dtype} with {channels}: convert them to uint8"
            )

    def sizes(self) -> np.ndarray:
        some = np.unique(np.linspace(0, len(self.images) - 1, 100, dtype=int))
        mean = np.mean([len(_png(self.images[n])) for n in some])
        return np.full(len(self.images), int(mean))

    def content(self, number: int) -> Content:
        image = self.images[number]
        return Content(encoded=_png(image), format="PNG", size=image.shape[:2])


def _read(file: ImageFile) -> bytes:
    if isinstance(file, Encoded):
        return file.content
    with open_regular(file) as opened:
        return opened.read()


def _png(image: np.ndarray) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    plane = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    Image.fromarray(plane).save(file, "PNG")
    return file.getvalue()
