"""The protocol by which compiled models learn about their task."""

from __future__ import annotations

from typing import Protocol

import keras
import numpy as np

from bench.datasets import Task


class Supervision(Protocol):
    """Gives models their targets and examples, and refuses models that don't fit.

    Attributes:
        task: The task whose images, or features of images, the models train on.
    """

    task: Task

    def check(self, model: keras.Model) -> None:
        """Refuse a model that doesn't fit the task.

        Raises:
            ValueError: The model isn't compiled, or its outputs have a wrong shape.
        """

    def targets(self, model: keras.Model) -> np.ndarray:
        """Targets of the model's loss, one for each training image, ``(n, ...)``."""

    def example(self, model: keras.Model) -> np.ndarray:
        """An input ``(1, ...)`` for predictions, of the right shape and type."""

    def dummy_output(self, model: keras.Model) -> np.ndarray | None:
        """Dummy output that builds the metrics' variables before tracing.

        Returns:
            ``(1, ...)``; None where no metric has variables to build.
        """
