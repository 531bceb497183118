"""What trains a model epoch by epoch, in whatever way."""

from __future__ import annotations

import time
from typing import Protocol

import keras
import numpy as np

PREDICTION_BATCH = 256


class CutShortError(RuntimeError):
    """Time was up before there was anything to compare."""


def check_time(deadline: float) -> None:
    """Say that time is up, before a step that would start after a time of day.

    Raises:
        CutShortError: It is.
    """
    if time.time() >= deadline:
        raise CutShortError("time was up within an epoch")


class Program(Protocol):
    """A model that trains epoch by epoch.

    Attributes:
        model: The one that trains.
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
            order: ``(n,)``, a permutation of the training images.
            rates: Learning rate of each step; None leaves the optimizer its own.
            batch_size: The last batch may be smaller.
            deadline: Time of day after which no step starts; None, or a program that
                can't look at the time meanwhile, trains to the end.

        Returns:
            The training loss and metrics that the model was compiled with.

        Raises:
            CutShortError: The deadline came before the end.
        """

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Outputs ``(n, ...)`` for the validation images, or for some of them."""

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs ``(n, ...)`` for any images, or what else a model takes."""

    def predict_batch(self, inputs: np.ndarray) -> object:
        """Forward one batch as directly as the backend can; outputs as they come."""
