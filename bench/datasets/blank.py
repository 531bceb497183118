"""A task of blank images, for what depends on their shape alone."""

from __future__ import annotations

import numpy as np

from bench.datasets.task import Split, Task
from bench.records import TaskRecord


def stand_in(image_shape: tuple[int, int, int], classes: int) -> Task:
    """A task with one blank image of each class in each split.

    Args:
        image_shape: ``(height, width, channels)``.
        classes: Number of classes.
    """
    split = Split(
        images=np.zeros((classes, *image_shape), np.uint8), labels=np.arange(classes)
    )
    record = TaskRecord(
        dataset="blank",
        fingerprint="",
        test_fingerprint="",
        image_shape=image_shape,
        class_names=tuple(map(str, range(classes))),
        train=classes,
        validation=classes,
        test=classes,
        seed=0,
    )
    return Task(
        record=record,
        train=split,
        validation=split,
        test=split,
        pixel_range=(0.0, 255.0),
    )
