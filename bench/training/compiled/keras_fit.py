"""Training epoch by epoch with ``model.fit``, for models that can't be compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np

from bench.training.compiled.compiled_model import PREDICTION_BATCH, check_time
from bench.training.compiled.optimizers import averaged
from bench.training.compiled.slot import scalars
from bench.training.compiled.supervision import Supervision
from search_spaces.parts.training import LearningRates


class _Deadline(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises ``CutShortError`` before a batch that would start after a deadline."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        check_time(self._deadline)


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
        deadline: float | None = None,
    ) -> dict[str, float]:
        callbacks: list[keras.callbacks.Callback] = [OwnWeights()]
        if rates is not None:
            callbacks.append(LearningRates(rates))
        if deadline is not None:
            callbacks.append(_Deadline(deadline))
        history = self.model.fit(
            self._task.train.images[order],
            self._targets[order],
            batch_size=batch_size,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
        )
        return scalars({name: values[-1] for name, values in history.history.items()})

    def validate(self, indices: np.ndarray | None = None) -> np.ndarray:
        images = self._task.validation.images
        return self.predict(images if indices is None else images[indices])

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        outputs = self.model.predict(inputs, batch_size=PREDICTION_BATCH, verbose=0)
        return np.asarray(outputs)

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self.model.predict_on_batch(inputs)
