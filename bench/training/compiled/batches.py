"""Streamed images as Keras' own ``fit`` and ``predict`` take them, batch by batch."""

from __future__ import annotations

import keras
import numpy as np

from bench.datasets.streamed import StreamedImages


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of images, each decoded when it is asked for.

    Args:
        images: The images.
        order: Indices of the images, ``(n,)``.
        batch_size: Number of images in a batch; the last one may be smaller.
        targets: Of all images; None for predictions.
    """

    def __init__(
        self,
        images: StreamedImages,
        order: np.ndarray,
        batch_size: int,
        targets: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self._images = images
        self._order = order
        self._batch_size = batch_size
        self._targets = targets

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, number: int) -> tuple[np.ndarray, ...]:
        start = number * self._batch_size
        indices = self._order[start : start + self._batch_size]
        if self._targets is None:
            return (self._images[indices],)
        return self._images[indices], self._targets[indices]
