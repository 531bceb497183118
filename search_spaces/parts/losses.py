"""The loss of classifiers: cross-entropy with labels that may be smoothed."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="search_spaces")
class SparseSmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy of class indices, a share of which is spread over all classes.

    Keras' own loss of class indices has no smoothing, and its others compare it with 0,
    so that models with and without smoothing would have two graphs.

    Args:
        smoothing: Share of a label that all classes get in equal parts; 0 for the plain
            cross-entropy.

    Raises:
        ValueError: The smoothing is not in [0, 1).

    Reference: Szegedy et al. 2016, "Rethinking the inception architecture for computer
    vision", section 7.
    """

    def __init__(
        self, smoothing: float = 0.0, name: str = "crossentropy", **options: Any
    ) -> None:
        super().__init__(name=name, **options)
        if not 0 <= smoothing < 1:
            raise ValueError(
                f"label_smoothing must be at least 0 and below 1, not {smoothing:g}"
            )
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each image.

        Args:
            y_true: Class indices, ``(batch,)`` or ``(batch, 1)``.
            y_pred: Probabilities ``(batch, classes)``; or ``(batch, 1)``, those of the
                second of two classes.
        """
        labels, outputs = ops.reshape(y_true, (-1,)), y_pred.shape[-1]
        if outputs == 1:
            targets = (1 - self.smoothing) * labels + self.smoothing / 2
            return ops.binary_crossentropy(targets, ops.reshape(y_pred, (-1,)))
        one_hot = ops.one_hot(ops.cast(labels, "int32"), outputs, dtype=y_pred.dtype)
        targets = (1 - self.smoothing) * one_hot + self.smoothing / outputs
        return ops.categorical_crossentropy(targets, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "smoothing": self.smoothing}
