"""The test images of a classifier's most confident mistakes, for reports."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bench.datasets import Task, pixels

COUNT = 12
"""Number of images that are kept of a training."""

MAX_SIDE = 128
"""Maximum side of these images, in pixels."""


def mistake_images(
    task: Task, outputs: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The images that a classifier is most confident about and wrong.

    Args:
        task: Holds the test images.
        outputs: Of a test; those of other task types have no ``probabilities``.

    Returns:
        ``mistakes`` ``(m,)``, indices of test images, the most confident first, and
        ``mistake_images`` ``(m, height, width, channels)``, ``uint8``; nothing for
        other task types.
    """
    if "probabilities" not in outputs:
        return {}
    predicted, labels = outputs["probabilities"], task.test.labels
    wrong = np.flatnonzero(predicted.argmax(axis=1) != labels)
    order = np.argsort(-predicted[wrong].max(axis=1), kind="stable")
    chosen = wrong[order][:COUNT]
    # The images of a data set may lie in a file, which takes its indices in order.
    images = (
        np.stack([task.test.images[n] for n in chosen])
        if len(chosen)
        else (np.empty((0, *task.record.image_shape)))
    )
    return {
        "mistakes": chosen.astype(np.int32),
        "mistake_images": _shrunk(pixels.to_uint8(images, task.pixel_range)),
    }


def _shrunk(images: np.ndarray) -> np.ndarray:
    """Images whose sides are at most ``MAX_SIDE`` pixels."""
    height, width = images.shape[1:3]
    share = MAX_SIDE / max(height, width)
    if share >= 1 or not len(images):
        return images
    size = max(1, round(height * share)), max(1, round(width * share))
    return pixels.resize(images, size)
