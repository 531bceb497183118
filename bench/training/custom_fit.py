"""Trains by a hypermodel's own ``fit``, as Keras Tuner would call it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np

from bench.datasets import Split
from bench.datasets.folds import Rows
from bench.training.compiled.compiled_model import Program
from bench.training.curve import LearningCurve
from bench.training.evaluators.classification import Classification
from bench.training.hypermodel import FamilySource
from bench.training.timings import StageClock


def fit_itself(
    source: FamilySource,
    hp: keras_tuner.HyperParameters,
    program: Program,
    judge: Classification,
    rows: Rows,
    epochs: int,
    curve: LearningCurve,
    stages: StageClock,
) -> None:
    """Call a hypermodel's own ``fit`` until a curve has so many epochs."""
    if curve.should_stop or curve.epoch >= epochs:
        return

    def some(split: Split, chosen: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Images and targets of some rows; those of all aren't copied."""
        if chosen is None or len(chosen) == len(split):
            return split.images, judge.encoded(program.model, split.labels)
        labels = judge.encoded(program.model, split.labels[chosen])
        return split.images[chosen], labels

    x, y = some(judge.task.train, rows.train)
    validation = some(judge.task.validation, rows.validation)
    first = curve.epoch

    def validate() -> dict[str, float]:
        stages.enter("validation")
        metrics = judge.validation(program, rows.validation)
        stages.enter("training")
        return metrics

    recorder = _Recorder(curve, validate)
    recorder.set_model(program.model)
    stages.enter("training")
    source.hypermodel.fit(
        hp,
        program.model,
        x,
        y,
        validation_data=validation,
        epochs=epochs - curve.epoch,
        callbacks=[recorder],
        verbose=0,
    )
    if curve.epoch == first:  # a training loop of its own, which calls no callbacks
        recorder.on_epoch_end(0)


class _Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the epochs of a foreign ``fit`` to the curve, and stops it in time."""

    def __init__(
        self, curve: LearningCurve, validate: Callable[[], dict[str, float]]
    ) -> None:
        super().__init__()
        self._curve = curve
        self._validate = validate
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
