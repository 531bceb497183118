"""Training epoch by epoch with ``model.fit``, for models that can't be compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np

from bench.datasets.streamed import is_streamed, part_of
from bench.training.compiled.batches import Batches
from bench.training.compiled.compiled_model import PREDICTION_BATCH, with_share
from bench.training.compiled.optimizers import averaged
from bench.training.compiled.slot import scalars
from bench.training.compiled.supervision import Supervision
from bench.training.time_limit import LimitedPredictions, is_limited, is_time_up
from search_spaces.parts.training import LearningRates


class _StopsInTime(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops an epoch after the batch within which time is up, and counts batches."""

    trained = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.trained += 1
        self.model.stop_training = is_time_up()


class OwnWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Undoes that ``fit`` ends with moving averages of the weights in the model.

    Each of our epochs is a ``fit``, and the next one goes on with the own weights.
    """

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._own = [np.array(weight) for weight, _ in averaged(self.model)]

    def on_train_end(self, logs: Any = None) -> None:
        for (weight, _), value in zip(averaged(self.model), self._own, strict=True):
            weight.assign(value)


class KerasFitModel:
    """A ``CompiledModel`` that calls Keras' own ``fit`` and ``predict``.

    It serves models that run eagerly, and backends without compiled epochs.

    Args:
        model: A compiled Keras model.
        supervision: Holds the images and gives their targets.
        check: Refuses a model that doesn't fit; None for the supervision's own.

    Raises:
        ValueError: The model doesn't fit the task.
    """

    def __init__(
        self,
        model: keras.Model,
        supervision: Supervision,
        check: Callable[[keras.Model], object] | None = None,
    ) -> None:
        (check or supervision.check)(model)
        self.model = model
        self._task = supervision.task
        self._supervision = supervision

    @cached_property
    def _targets(self) -> np.ndarray:
        return self._supervision.targets(self.model)

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
    ) -> dict[str, float]:
        callbacks: list[keras.callbacks.Callback] = [OwnWeights()]
        if rates is not None:
            callbacks.append(LearningRates(rates))
        if is_limited():
            callbacks.append(in_time := _StopsInTime())
        history = self.model.fit(
            **self._examples(order, batch_size),
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
        )
        metrics = scalars({k: values[-1] for k, values in history.history.items()})
        if not is_limited():
            return metrics
        return with_share(metrics, in_time.trained * batch_size, len(order))

    def _examples(self, order: np.ndarray, batch_size: int) -> dict[str, Any]:
        """Arguments of ``fit``: images in an order, and their targets."""
        images, targets = self._task.train.images, self._targets
        if is_streamed(images):
            return {"x": Batches(images, order, batch_size, targets)}
        return {"x": images[order], "y": targets[order], "batch_size": batch_size}

    def validate(self, indices: np.ndarray | None = None) -> np.ndarray:
        images = self._task.validation.images
        return self.predict(images if indices is None else part_of(images, indices))

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        callbacks = []
        if is_limited():
            batches = -(-len(inputs) // PREDICTION_BATCH)
            callbacks.append(LimitedPredictions("validation", batches))
        arguments: dict[str, Any] = {"x": inputs, "batch_size": PREDICTION_BATCH}
        if is_streamed(inputs):
            order = np.arange(len(inputs))
            arguments = {"x": Batches(inputs, order, PREDICTION_BATCH)}
        return np.asarray(
            self.model.predict(**arguments, verbose=0, callbacks=callbacks)
        )

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self.model.predict_on_batch(inputs)
