"""Pixel values and sizes of arrays of images.

Images are ``(n, height, width, channels)``, ``uint8`` or ``float32``.
"""

from __future__ import annotations

import numpy as np

from bench.errors import DatasetError

MIN_SIDE = 4
MAX_SIDE = 512


def pixel_range(images: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest value that these pixels are meant to have.

    Of the ranges (0, 1), (-1, 1) and (0, 255) it is the first that holds all pixels;
    for ``uint8`` only (0, 255) is considered. If no range holds them, or (0, 255)
    would but no pixel reaches a quarter of 255, as in images of 16 shades, it is
    their minimum (0 for ``uint8``) and maximum. The range never has zero width.
    """
    low, high = float(images.min()), float(images.max())
    if images.dtype != np.uint8:
        for usual_low, usual_high in ((0.0, 1.0), (-1.0, 1.0)):
            if usual_low <= low and high <= usual_high:
                return usual_low, usual_high
    if low >= 0 and 64 <= high <= 255:
        return 0.0, 255.0
    if images.dtype == np.uint8:
        low = 0.0
    return low, high if high > low else low + 1.0


def scaled(images: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Map pixels from their range to ``float32`` in [0, 1]."""
    low, high = value_range
    return (images.astype(np.float32) - low) / (high - low)


def to_uint8(images: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Map pixels from their range to 0..255."""
    low, high = value_range
    if images.dtype == np.uint8 and (low, high) == (0.0, 255.0):
        return images
    shades = (images.astype(np.float64) - low) / (high - low) * 255
    rounded: np.ndarray = np.rint(shades.clip(0, 255)).astype(np.uint8)
    return rounded


def check_size(height: int, width: int) -> None:
    """Refuse a size for which families aren't made.

    Raises:
        DatasetError: A side is below 4 or above 512 pixels.
    """
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (height, width)):
        raise DatasetError(
            f"images must be {MIN_SIDE} to {MAX_SIDE} pixels high and wide, "
            f"not {height}x{width}; resize them with --image-size, such as 32"
        )


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop images around their centre to the shape of ``size``, then scale them.

    Args:
        images: ``(n, height, width, channels)``, with any number of channels.
        size: Height and width.

    Returns:
        Images of the same dtype, between the minimum and maximum of ``images``.
    """
    if images.shape[1:3] == size:
        return images
    from PIL import Image, ImageOps

    # Channel by channel, since Pillow has no float images with several channels, and
    # takes a fourth channel for transparency.
    height, width = size
    resized = np.empty((len(images), height, width, images.shape[3]), images.dtype)
    for image, target in zip(images, resized, strict=True):
        for channel in range(images.shape[3]):
            plane = Image.fromarray(np.ascontiguousarray(image[..., channel]))
            target[..., channel] = ImageOps.fit(plane, (width, height))
    # Bicubic interpolation overshoots at edges, but [0, 1] must stay [0, 1].
    if images.dtype != np.uint8:
        resized.clip(images.min(), images.max(), out=resized)
    return resized
