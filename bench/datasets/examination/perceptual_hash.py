"""Perceptual hashes and thumbnails, by which images are compared as people see them.

The hash is that of the low frequencies: 64 bits that say which of the 8x8 lowest
coefficients of a cosine transform are above their median (as pHash of Zauner 2010, and
``phash`` of the package ImageHash, which takes images one by one and so takes 14 times
as long for those of CIFAR-10).
"""

from __future__ import annotations

from functools import cache

import numpy as np

FREQUENCIES = 8
_SIDE = 32
_THUMBNAIL = 16

_LUMINANCE = np.array([299, 587, 114], np.float32) / 1000
"""Shares of red, green and blue in a grey pixel (ITU-R 601)."""

_ONES = np.array([number.bit_count() for number in range(2**16)], np.uint8)


def hashes(images: np.ndarray) -> np.ndarray:
    """Perceptual hashes, ``(n, 4)``, ``uint16``.

    Args:
        images: ``(n, height, width, channels)``, ``float32``.
    """
    count, height, width, channels = images.shape
    rows = _frequencies_of(height) @ images.reshape(count, height, width * channels)
    gray = rows.reshape(count, FREQUENCIES, width, channels) @ _shares(channels)
    found = (gray @ _frequencies_of(width).T).reshape(count, -1)
    # The first coefficient is the mean, which says nothing of the content.
    bits = found > np.median(found[:, 1:], axis=1, keepdims=True)
    bits[:, 0] = False
    packed: np.ndarray = np.packbits(bits, axis=1).view(np.uint16)
    return packed


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Numbers of differing bits of hashes, pair by pair."""
    counted: np.ndarray = _ONES[some ^ others].sum(axis=1, dtype=np.int64)
    return counted


def correlations(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Correlations of the thumbnails of images, pair by pair, whatever their colours.

    Each channel is taken about its own mean, so that neither a cast nor the contrast
    of an image counts. They are 0 for images of a single value.
    """
    one, other = thumbnails(some), thumbnails(others)
    product = (one * other).sum(axis=1)
    size = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
    found: np.ndarray = np.divide(
        product, size, out=np.zeros_like(product), where=size > 0
    )
    return found


def thumbnails(images: np.ndarray) -> np.ndarray:
    """Small copies of images, each channel about its own mean, ``(n, values)``.

    Args:
        images: ``(n, height, width, channels)``.
    """
    count, height, width, channels = images.shape
    rows = _means(height, min(height, _THUMBNAIL)) @ images.astype(np.float32).reshape(
        count, height, width * channels
    )
    columns = rows.reshape(count, -1, width, channels).swapaxes(2, 3)
    small = columns @ _means(width, min(width, _THUMBNAIL)).T
    centred = small - small.mean(axis=(1, 3), keepdims=True)
    flat: np.ndarray = centred.reshape(count, -1).astype(np.float64)
    return flat


def _shares(channels: int) -> np.ndarray:
    """Weights of the channels in a grey pixel."""
    if channels in (3, 4):  # a fourth channel is the opacity
        return np.append(_LUMINANCE, np.zeros(channels - 3, np.float32))
    return np.full(channels, 1 / channels, np.float32)


@cache
def _frequencies_of(side: int) -> np.ndarray:
    """Maps a side of an image to its lowest frequencies, ``(8, side)``."""
    places = (2 * np.arange(_SIDE) + 1) / (2 * _SIDE)
    waves = np.cos(np.pi * np.outer(np.arange(FREQUENCIES), places))
    mapped: np.ndarray = (waves @ _means(side, _SIDE)).astype(np.float32)
    return mapped


@cache
def _means(side: int, wanted: int) -> np.ndarray:
    """Maps a side of an image to means over equal parts of it, ``(wanted, side)``."""
    borders = np.linspace(0, side, wanted + 1)
    pixels = np.arange(side)
    ends = np.minimum(borders[1:, None], pixels + 1)
    shares = (ends - np.maximum(borders[:-1, None], pixels)).clip(0)
    means: np.ndarray = (shares * wanted / side).astype(np.float32)
    return means
