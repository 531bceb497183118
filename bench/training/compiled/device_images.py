"""The images of a task as TensorFlow tensors, in memory or streamed in chunks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from bench.datasets import Task
from bench.training.compiled.compiled_model import PREDICTION_BATCH

MAX_KEPT = 2**30
"""Maximum bytes of training images that are copied into the backend's memory. The
images of larger tasks are streamed."""

CHUNK = 2**26
"""Maximum bytes of images in a streamed chunk, unless a batch is larger."""


class DeviceImages:
    """The images of a task, shared by all compiled models of a cache.

    The images of a large task stay where they are, mostly in a file, and reach the
    models in chunks.

    Args:
        task: The task, with images as the family takes them.
        max_kept: Maximum bytes of training images that are kept in memory.
    """

    def __init__(self, task: Task, max_kept: int = MAX_KEPT) -> None:
        self.task = task
        self.is_kept = task.train.images.nbytes <= max_kept
        if self.is_kept:
            self.train = tf.constant(task.train.images)
            self.validation = (
                self.train
                if task.validation is task.train
                else tf.constant(task.validation.images)
            )

    def training_chunks(
        self, targets: tf.Tensor, order: np.ndarray, batch_size: int
    ) -> Iterator[tuple[tf.Tensor, tf.Tensor, np.ndarray]]:
        """Split an epoch into chunks of complete batches; the last may be smaller.

        Args:
            targets: Targets of all training images.
            order: Indices of training images in the order of training.
            batch_size: Number of images in a batch.

        Yields:
            Images, their targets, and the order in which to train on them.
        """
        if self.is_kept:
            yield self.train, targets, order
            return
        for part in self._parts(len(order), batch_size):
            # The file is read from front to back, whatever the order of training.
            indices = np.sort(order[part])
            images = tf.constant(self.task.train.images[indices])
            yield (
                images,
                tf.gather(targets, indices),
                np.searchsorted(indices, order[part]),
            )

    def validation_chunks(
        self, indices: np.ndarray | None = None
    ) -> Iterator[tf.Tensor]:
        """The validation images at the given indices; all of them for None."""
        if not self.is_kept:
            yield from self.chunks(self.task.validation.images, indices)
        elif indices is None:
            yield self.validation
        else:
            yield tf.gather(self.validation, indices)

    def chunks(
        self, images: np.ndarray, indices: np.ndarray | None = None
    ) -> Iterator[tf.Tensor]:
        """Any images at the given indices, chunk by chunk; all of them for None."""
        count = len(images if indices is None else indices)
        for part in self._parts(count, PREDICTION_BATCH):
            yield tf.constant(images[part if indices is None else indices[part]])

    def _parts(self, count: int, batch_size: int) -> Iterator[slice]:
        """Slices of complete batches; only the last batch may be smaller."""
        batch_bytes = batch_size * self.task.train.images[0].nbytes
        size = batch_size * max(1, CHUNK // batch_bytes)
        for start in range(0, max(1, count), size):
            yield slice(start, min(start + size, count))
