"""The protocol of a Keras model that trains a whole epoch in one call."""

from __future__ import annotations

import time
from typing import Protocol

import keras
import numpy as np

PREDICTION_BATCH = 256
"""Number of images in a batch of a prediction."""


class CutShortError(RuntimeError):
    """The deadline passed before the training had a result."""


def check_time(deadline: float) -> None:
    """Refuse to start a step after a deadline.

    Args:
        deadline: In seconds of the monotonic clock.

    Raises:
        CutShortError: The deadline has passed.
    """
    if time.monotonic() >= deadline:
        raise CutShortError("time was up within an epoch")


class CompiledModel(Protocol):
    """A Keras model that trains a whole epoch, and predicts, in one call each.

    Attributes:
        model: The model that trains.
    """

    model: keras.Model

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
        deadline: float | None = None,
    ) -> dict[str, float]:
        """Train one epoch.

        Args:
            order: Indices of training images in the order of training, ``(n,)``.
            rates: Learning rate of each step, ``(steps,)``; None keeps the
                optimizer's learning rate.
            batch_size: Number of images in a batch; the last one may be smaller.
            deadline: Time after which no step starts, by the monotonic clock. With None, or on a
                backend that can't stop within an epoch, the epoch is completed.

        Returns:
            The training loss, and the metrics that the model was compiled with.

        Raises:
            CutShortError: The deadline passed before the end of the epoch.
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
