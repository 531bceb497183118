"""What an author's training or test step returns, carried through a compiled loop."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from bench.training.compiled.slot import flat_logs
from bench.training.overrides import overrides


class StepLogs:
    """Packs the logs of a step into one tensor; Keras' own steps return metrics only.

    Args:
        model: The model whose step it is.
        methods: Methods whose authors may return other values than the metrics.
    """

    def __init__(self, model: keras.Model, *methods: str) -> None:
        self._is_own = overrides(model, *methods)
        self._names: list[str] = []

    def packed(self, logs: Any) -> tf.Tensor:
        """The logs of a step, ``(names,)``; empty where the model's metrics say all."""
        if not self._is_own:
            return tf.zeros(0)
        logs = flat_logs(logs)
        self._names = list(logs)
        means = [tf.reduce_mean(tf.cast(v, tf.float32)) for v in logs.values()]
        return tf.stack(means) if means else tf.zeros(0)

    def named(self, values: tf.Tensor) -> dict[str, float] | None:
        """The logs of the last step; None where the model's metrics say all.

        Args:
            values: What ``packed`` returned, after the loop.
        """
        numbers = values.numpy()
        if not len(numbers):
            return None
        return dict(zip(self._names, map(float, numbers), strict=True))
