"""Trains an epoch by ``model.fit``: the reference for every faster way."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from bench.training.compiled.compiled_model import PREDICTION_BATCH, check_time
from bench.training.evaluators.evaluator import Judge
from search_spaces.parts.training import LearningRates


class _Deadline(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises before a batch that would start after a time of day."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        check_time(self._deadline)


class FitProgram:
    """Trains by ``model.fit`` and predicts by ``model.predict``.

    Args:
        model: Compiled.
        judge: Has the images that it trains on, and what it is trained towards.
    """

    def __init__(self, model: keras.Model, judge: Judge) -> None:
        judge.check(model)
        self.model = model
        self._task = judge.task
        self._targets = judge.targets(model)

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
        deadline: float | None = None,
    ) -> dict[str, float]:
        callbacks: list[keras.callbacks.Callback] = []
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
        return {name: float(values[-1]) for name, values in history.history.items()}

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        images = self._task.validation.images
        return self.predict(images if rows is None else images[rows])

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        outputs = self.model.predict(inputs, batch_size=PREDICTION_BATCH, verbose=0)
        return np.asarray(outputs)

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self.model.predict_on_batch(inputs)
