"""Occlusion: how far the probability of a class falls when a part is covered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

PATCHES = 6
"""Number of patches along the shorter side of an image."""

MIN_PATCH = 2
"""Minimum side of a patch, in pixels."""

BATCH = 64
"""Number of covered images that the model processes at a time."""

Probabilities = Callable[[np.ndarray], np.ndarray]


def occlusion(
    probabilities: Probabilities, images: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Cover each part of the images with their mean colour.

    Args:
        probabilities: Of all classes ``(n, classes)``, for images.
        images: ``(n, height, width, channels)``, ``float32``.
        classes: ``(n,)``, the class of each image that is to be explained.

    Returns:
        ``(n, height, width)``: how far the probability falls on average if a patch
        covers the pixel; negative where it rises.

    Reference: Zeiler & Fergus 2014, "Visualizing and understanding convolutional
    networks".
    """
    whole = probabilities(images)[np.arange(len(images)), classes]
    maps = [
        _mean_falls(image, probability - _covered(probabilities, image)[:, label])
        for image, label, probability in zip(images, classes, whole, strict=True)
    ]
    return np.stack(maps)


def _covered(probabilities: Probabilities, image: np.ndarray) -> np.ndarray:
    """Probabilities ``(patches, classes)`` with one patch after another covered."""
    mean = image.mean(axis=(0, 1))
    places = list(patches(*image.shape[:2]))
    found = []
    for start in range(0, len(places), BATCH):
        chosen = places[start : start + BATCH]
        covered = np.repeat(image[None], len(chosen), axis=0)
        for one, place in zip(covered, chosen, strict=True):
            one[place] = mean
        found.append(probabilities(covered))
    return np.concatenate(found)


def _mean_falls(image: np.ndarray, falls: np.ndarray) -> np.ndarray:
    """The mean over the patches that cover each pixel, ``(height, width)``."""
    total = np.zeros(image.shape[:2], "float32")
    counts = np.zeros(image.shape[:2], "float32")
    for place, fall in zip(patches(*image.shape[:2]), falls, strict=True):
        total[place] += fall
        counts[place] += 1
    return total / counts


def patches(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Places of patches that overlap by half and cover every pixel."""
    side = max(MIN_PATCH, round(min(height, width) / PATCHES))
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield slice(top, top + side), slice(left, left + side)


def _starts(length: int, side: int) -> list[int]:
    return [*range(0, length - side, max(1, side // 2)), length - side]
