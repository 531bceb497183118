"""The protocol of a Keras model that trains a whole epoch in one call."""

from __future__ import annotations

from typing import Protocol

import keras
import numpy as np

from bench.records import EPOCH_SHARE

PREDICTION_BATCH = 256
"""Number of images in a batch of a prediction."""


def with_share(metrics: dict[str, float], trained: int, count: int) -> dict[str, float]:
    """Metrics of an epoch, with the share that was trained if it was cut short.

    Args:
        metrics: Of the images that were trained on.
        trained: Number of these images.
        count: Number of images of the whole epoch.
    """
    return metrics if trained >= count else metrics | {EPOCH_SHARE: trained / count}


class CompiledModel(Protocol):
    """A Keras model that trains a whole epoch, and predicts, in one call each.

    Where a ``time_limit`` is set, an epoch ends at the limit, but not before its first
    piece, and a prediction raises ``CutShortError`` at the limit.

    Attributes:
        model: The model that trains.
    """

    model: keras.Model

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
    ) -> dict[str, float]:
        """Train one epoch.

        Args:
            order: Indices of training images in the order of training, ``(n,)``.
            rates: Learning rate of each step, ``(steps,)``; None keeps the
                optimizer's learning rate.
            batch_size: Number of images in a batch; the last one may be smaller.

        Returns:
            The training loss, and the metrics that the model was compiled with. If
            the epoch was cut short, ``EPOCH_SHARE`` is the share of the images.
        """

    def validate(self, indices: np.ndarray | None = None) -> np.ndarray:
        """Outputs ``(n, ...)`` for the validation images at the given indices.

        Args:
            indices: ``(n,)``; None for all validation images.
        """

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs ``(n, ...)`` for any inputs ``(n, ...)`` of the model."""

    def predict_batch(self, inputs: np.ndarray) -> object:
        """Predict one batch with as little overhead as the backend allows."""
