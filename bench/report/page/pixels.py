"""Arrays of pixels as small files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SMALL = 64 * 64
"""Pixels up to which images keep every value; larger ones are compressed with loss."""

_SIDE = 224
"""Maximum side of an image, in pixels."""

_QUALITY = 80


def webp(image: np.ndarray, *, side: int = _SIDE) -> bytes:
    """A ``uint8`` image ``(height, width, channels)`` as a WebP file.

    Images of few pixels keep all of them; photographs are compressed, and shrunk to
    sides of at most ``side`` pixels.
    """
    channels = image.shape[-1]
    pixels = image if channels in (3, 4) else image[..., 0]
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return shrunk(
        picture, is_exact=pixels.shape[0] * pixels.shape[1] <= _SMALL, side=side
    )


def shrunk(picture: Image.Image, *, is_exact: bool, side: int = _SIDE) -> bytes:
    """A picture as a WebP file whose sides are at most ``side`` pixels."""
    picture = picture.copy()
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=is_exact, quality=_QUALITY, method=4)
    return buffer.getvalue()


def strip(images: np.ndarray) -> np.ndarray:
    """Images ``(n, height, width, channels)`` side by side, a white pixel between."""
    gap = np.full((images.shape[1], 1, images.shape[-1]), 255, images.dtype)
    parts = [part for image in images for part in (image, gap)][:-1]
    return np.concatenate(parts, axis=1)
