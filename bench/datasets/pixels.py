"""Pixel values and sizes of arrays of images.

Images are ``(n, height, width, channels)``, ``uint8`` or ``float32``.
"""

from __future__ import annotations

import math

import numpy as np

from bench.errors import DatasetError

MIN_SIDE = 4
MAX_SIDE = 512

_DEPTHS = (10, 12, 14, 16)
"""Bits of a pixel beyond 8, as cameras and scanners have them."""

_FLOAT_BITS = 32
"""Bits of a pixel that is no whole number."""

_COUNTED_IMAGES = 1000
"""Maximum number of images whose distinct values are counted."""


def pixel_range(images: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest value that these pixels are meant to have.

    Of the ranges (0, 1), (-1, 1) and (0, 255) it is the first that holds all pixels;
    for ``uint8`` only (0, 255) is considered. Larger whole numbers have the range of
    10, 12, 14 or 16 bits: (0, 4095) holds images of 12 bits, whichever of the values
    occur. If no range holds the pixels, or (0, 255) would but no pixel reaches a
    quarter of 255, as in images of 16 shades, it is their minimum (0 for ``uint8``)
    and maximum. The range never has zero width.
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
    elif low >= 0 and high > 255 and is_whole(images):
        highest = (2.0**bits - 1 for bits in _DEPTHS)
        return next(((0.0, top) for top in highest if high <= top), (low, high))
    return low, high if high > low else low + 1.0


def bits(images: np.ndarray, value_range: tuple[float, float]) -> int:
    """Bits that one value of these images takes.

    Whole numbers take as many as their range needs. Others take as many as number
    their distinct values, so that bytes divided by 255 take 8; with more than 65,536
    distinct values, they take 32.
    """
    low, high = value_range
    if is_whole(images) and low == 0 and high > 1:
        return math.ceil(math.log2(high + 1))
    shades = len(np.unique(images[:_COUNTED_IMAGES]))
    return max(1, math.ceil(math.log2(shades))) if shades <= 2**16 else _FLOAT_BITS


def is_whole(images: np.ndarray) -> bool:
    """Whether all pixels are whole numbers."""
    return images.dtype.kind in "ui" or all(
        np.array_equal(image, np.rint(image)) for image in images
    )


def in_bytes(images: np.ndarray) -> np.ndarray:
    """Images as ``uint8`` if all are whole numbers in 0..255, else as ``float32``."""
    fits_byte = images.min() >= 0 and images.max() <= 255 and is_whole(images)
    return images.astype(np.uint8 if fits_byte else np.float32, copy=False)


def are_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether the pixels of two sets of images may have the same meaning.

    They may not if the largest magnitude of one is eight times that of the other or
    more, as that of bytes is beside that of [0, 1], or if the negative values of one
    reach a quarter of its magnitude, as in [-1, 1], and the other has none. Images
    of one usual range, as ``pixel_range`` has it, are alike even if some are dark.
    """
    ranges = [pixel_range(images) for images in (one, other)]
    if ranges[0] == ranges[1]:
        return True
    extremes = [(float(i.min()), float(i.max())) for i in (one, other)]
    magnitudes = [max(-low, high) for low, high in extremes]
    if max(magnitudes) >= 8 * min(magnitudes):
        return False
    lows = (low / size for (low, _), size in zip(extremes, magnitudes, strict=True))
    lowest, higher = sorted(lows)
    return lowest > -0.25 or higher < 0


def scaled(images: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Map pixels from their range to ``float32`` in [0, 1]."""
    low, high = value_range
    return (images.astype(np.float32) - low) / (high - low)


def mapped(
    images: np.ndarray, value_range: tuple[float, float], wanted: tuple[float, float]
) -> np.ndarray:
    """Map pixels from their range to another one, as ``float32``."""
    low, high = wanted
    result: np.ndarray = scaled(images, value_range) * (high - low) + low
    return result.astype(np.float32, copy=False)


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
