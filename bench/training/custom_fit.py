"""Training with the ``fit`` method of a user's hypermodel, as Keras Tuner calls it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from bench.datasets import Split
from bench.training.curve import LearningCurve
from bench.training.epochs import EpochLoop
from bench.training.evaluators.classification import Classification
from bench.training.timings import StageTimer


def custom_fit(
    loop: EpochLoop, epochs: int, curve: LearningCurve, timer: StageTimer
) -> None:
    """Call the ``fit`` of a hypermodel to continue a learning curve.

    Args:
        loop: Holds the hypermodel and its classifier.
        epochs: Number of epochs at the end, those already in the curve included.
        curve: Collects the epochs, and may stop the training.
        timer: Measures the stages of the training.
    """
    if curve.should_stop or curve.epoch >= epochs:
        return
    evaluator, model = loop.inputs.evaluator, loop.compiled.model
    assert isinstance(evaluator, Classification)  # users' hypermodels are classifiers
    task, indices = evaluator.task, loop.indices
    x, y = _examples(evaluator, model, task.train, indices.train)
    first = curve.epoch
    recorder = _Recorder(loop, curve, timer)
    recorder.set_model(model)
    timer.enter("training")
    loop.source.hypermodel.fit(
        loop.hp,
        model,
        x,
        y,
        validation_data=_examples(
            evaluator, model, task.validation, indices.validation
        ),
        epochs=epochs - curve.epoch,
        callbacks=[recorder],
        verbose=0,
    )
    if curve.epoch == first:  # the user's training loop calls no callbacks
        recorder.on_epoch_end(0)


def _examples(
    evaluator: Classification,
    model: keras.Model,
    split: Split,
    indices: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Images and targets at some indices; a complete split isn't copied."""
    if indices is None or len(indices) == len(split):
        return split.images, evaluator.encoded(model, split.labels)
    return split.images[indices], evaluator.encoded(model, split.labels[indices])


class _Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Validates each epoch of a user's ``fit``, and stops it when the curve says so."""

    def __init__(
        self, loop: EpochLoop, curve: LearningCurve, timer: StageTimer
    ) -> None:
        super().__init__()
        self._loop = loop
        self._curve = curve
        self._timer = timer
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        training = {
            name: float(value)
            for name, value in (logs or {}).items()
            if not name.startswith("val_")
        }
        metrics = training | self._validate()
        seconds = time.perf_counter() - self._started
        self._curve.add(metrics, seconds, self.model.get_weights)
        if self._curve.should_stop:
            self.model.stop_training = True
        self._started = time.perf_counter()

    def _validate(self) -> dict[str, float]:
        loop = self._loop
        self._timer.enter("validation")
        metrics = loop.inputs.evaluator.validation(
            loop.compiled, loop.indices.validation
        )
        self._timer.enter("training")
        return metrics
