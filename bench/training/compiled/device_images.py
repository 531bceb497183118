"""The images of a task as TensorFlow tensors, in memory or streamed in chunks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from bench.datasets import Task
from bench.datasets.streamed import CHUNK
from bench.training.compiled.ahead import ahead
from bench.training.compiled.compiled_model import PREDICTION_BATCH


class DeviceImages:
    """The images of a task, shared by all compiled models of a cache.

    The images of a large task stay where they are, mostly in files, and reach the
    models in chunks, the next of which is read while one trains.

    Args:
        task: The task, with images as the family takes them.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        fits = task.train.images.nbytes <= task.max_kept
        self.is_kept = fits and not task.train.is_streamed
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
        # The file is read from front to back, whatever the order of training.
        orders = [order[part] for part in self._parts(len(order), batch_size)]
        chunks = ahead(lambda part: self.task.train.images[np.sort(part)], orders)
        for part, images in zip(orders, chunks, strict=True):
            indices = np.sort(part)
            yield (
                tf.constant(images),
                tf.gather(targets, indices),
                np.searchsorted(indices, part),
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
        parts = self._parts(count, PREDICTION_BATCH)
        chosen = (part if indices is None else indices[part] for part in parts)
        for chunk in ahead(images.__getitem__, chosen):
            yield tf.constant(chunk)

    def _parts(self, count: int, batch_size: int) -> Iterator[slice]:
        """Slices of complete batches; only the last batch may be smaller."""
        images = self.task.train.images
        batch_bytes = batch_size * images.nbytes // len(images)
        size = batch_size * max(1, CHUNK // batch_bytes)
        for start in range(0, max(1, count), size):
            yield slice(start, min(start + size, count))
