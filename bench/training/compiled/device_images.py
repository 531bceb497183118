"""Images where TensorFlow's programs read them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from bench.datasets import Task
from bench.training.compiled.compiled_model import PREDICTION_BATCH

LARGEST_RESIDENT = 2**30
"""Bytes of images that are copied into the backend's memory; more are streamed."""

CHUNK = 2**26
"""Bytes of images that are streamed at once."""


class DeviceImages:
    """The images of a task in the backend's memory, shared by all its programs.

    Those of a large task stay where they are, mostly in a file, and pass through the
    programs in chunks.

    Args:
        task: As the family takes it.
        largest: Bytes of training images up to which all are kept.
    """

    def __init__(self, task: Task, largest: int = LARGEST_RESIDENT) -> None:
        self.task = task
        self.is_resident = task.train.images.nbytes <= largest
        if self.is_resident:
            self.train = tf.constant(task.train.images)
            self.validation = (
                self.train
                if task.validation is task.train
                else tf.constant(task.validation.images)
            )

    def training_chunks(
        self, targets: tf.Tensor, order: np.ndarray, batch_size: int
    ) -> Iterator[tuple[tf.Tensor, tf.Tensor, np.ndarray]]:
        """Images, their targets, and the order to train in, whole batches of it."""
        if self.is_resident:
            yield self.train, targets, order
            return
        for part in self._parts(len(order), batch_size):
            # Read in the order of the file, trained in the order asked for.
            rows = np.sort(order[part])
            images = tf.constant(self.task.train.images[rows])
            yield images, tf.gather(targets, rows), np.searchsorted(rows, order[part])

    def validation_chunks(self, rows: np.ndarray | None = None) -> Iterator[tf.Tensor]:
        """The validation images, or some of them."""
        if not self.is_resident:
            yield from self.chunks(self.task.validation.images, rows)
        elif rows is None:
            yield self.validation
        else:
            yield tf.gather(self.validation, rows)

    def chunks(
        self, images: np.ndarray, rows: np.ndarray | None = None
    ) -> Iterator[tf.Tensor]:
        """Any images, or some of them, a part at a time."""
        count = len(images if rows is None else rows)
        for part in self._parts(count, PREDICTION_BATCH):
            yield tf.constant(images[part if rows is None else rows[part]])

    def _parts(self, count: int, batch_size: int) -> Iterator[slice]:
        """Slices of whole batches, the last of which may be smaller."""
        images = self.task.train.images
        batch = batch_size * images[0].nbytes
        size = batch_size * max(1, CHUNK // batch)
        for start in range(0, max(1, count), size):
            yield slice(start, min(start + size, count))
