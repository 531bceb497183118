"""Whether mirrored images still belong to their class, as the images themselves say."""

from __future__ import annotations

import math

import numpy as np

from bench.datasets.examination.perceptual_hash import thumbnails
from bench.datasets.examination.sample import spread
from bench.datasets.task import Split, Task

COMPARED, ASKED = 1000, 500
"""Maximum numbers of training images and of validation images."""

KEPT = 0.6
"""Minimum accuracy of mirrored training images, as a share of that of the images as
they are. Digits keep 0.3 of it, those of MNIST 0.5; clothes 0.7, since shoes point to
one side, photographs all but chance."""


def keeps_classes(task: Task) -> bool:
    """Whether mirroring leaves images in their classes.

    Each of some validation images gets the class of the training image that looks most
    like it, once among training images as they are and once among the same mirrored.
    """
    train = _part(task.train, COMPARED)
    validation = _part(task.validation, ASKED)
    asked = _normalized(validation.images)
    images = np.asarray(train.images)
    right = [
        _right(_normalized(each), train.labels, asked, validation.labels)
        for each in (images, images[:, :, ::-1])
    ]
    kept, lost = int(right[1].sum()), int((right[0] & ~right[1]).sum())
    gained = int((right[1] & ~right[0]).sum())
    is_chance = lost - gained <= 2 * math.sqrt(lost + gained)
    return is_chance or kept >= KEPT * int(right[0].sum())


def _part(split: Split, count: int) -> Split:
    return split.part(spread(split.labels, count))


def _normalized(images: np.ndarray) -> np.ndarray:
    """Thumbnails of length 1, so that products of them are correlations."""
    small = thumbnails(np.asarray(images))
    lengths = np.linalg.norm(small, axis=1, keepdims=True)
    normalized: np.ndarray = small / np.where(lengths > 0, lengths, 1)
    return normalized


def _right(
    images: np.ndarray, labels: np.ndarray, asked: np.ndarray, expected: np.ndarray
) -> np.ndarray:
    """Which images get their class from the most similar of others."""
    found: np.ndarray = labels[(asked @ images.T).argmax(axis=1)] == expected
    return found
