"""Training with the ``fit`` method of a user's hypermodel, as Keras Tuner calls it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from inspect import signature
from typing import Any

import keras
import numpy as np

from bench.datasets import Split
from bench.training.compiled.keras_fit import OwnWeights
from bench.training.compiled.optimizers import averaged, averaged_weights
from bench.training.compiled.slot import scalars
from bench.training.curve import LearningCurve
from bench.training.epochs import EpochLoop
from bench.training.evaluators.classification import Classification
from bench.training.hypermodel import FamilySource
from bench.training.overrides import overrides
from bench.training.timings import StageTimer

_REPEATED = re.compile(r"multiple values for keyword argument '(\w+)'")
"""Message of a call that was given an argument twice."""


def trains_itself(source: FamilySource, model: keras.Model) -> bool:
    """Whether a hypermodel or a model from elsewhere has a ``fit`` of its own."""
    return source.has_custom_fit or (source.family is None and overrides(model, "fit"))


def custom_fit(
    loop: EpochLoop, epochs: int, curve: LearningCurve, timer: StageTimer
) -> None:
    """Call the ``fit`` of a hypermodel to continue a learning curve.

    It is called as Keras Tuner calls it: with images and targets, and with those of
    ``validation_data``, ``epochs``, ``callbacks``, ``verbose`` and, for a promoted
    trial, ``initial_epoch`` that it or the model's own ``fit`` takes. An argument that
    it passes on with another value is its own. What it returns isn't used: its epochs
    are validated as those of every trial.

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
    recorder = _Recorder(loop, epochs, curve, timer)
    recorder.set_model(model)
    arguments = _arguments(loop, epochs, curve.epoch) | {
        "validation_data": _examples(
            evaluator, model, task.validation, indices.validation
        ),
        "callbacks": [recorder],
    }
    arguments = {k: v for k, v in arguments.items() if _accepts(loop, k)}
    x, y = _examples(evaluator, model, task.train, indices.train)
    timer.enter("training")
    first = curve.epoch
    _call(loop, (x, y), arguments)
    if curve.epoch == first:  # the user's training loop calls no callbacks
        recorder.on_epoch_end(0)
    recorder.own_weights.on_train_end()


def _call(loop: EpochLoop, data: tuple[Any, Any], arguments: dict[str, Any]) -> None:
    """Call a hypermodel's ``fit``, without arguments that it gives itself."""
    while True:
        try:
            loop.source.hypermodel.fit(loop.hp, loop.compiled.model, *data, **arguments)
            return
        except TypeError as error:  # raised by the call, so that nothing was trained
            repeated = _REPEATED.search(str(error))
            if repeated is None or repeated[1] not in {*arguments} - {"callbacks"}:
                raise
            del arguments[repeated[1]]


def _arguments(loop: EpochLoop, epochs: int, first: int) -> dict[str, Any]:
    """Numbers that a ``fit`` is called with, after ``first`` epochs."""
    arguments: dict[str, Any] = {"verbose": 0}
    if "initial_epoch" in signature(loop.source.hypermodel.fit).parameters or (
        first and _accepts(loop, "initial_epoch")
    ):
        arguments |= {"initial_epoch": first, "epochs": epochs}
    else:
        arguments["epochs"] = epochs - first
    if not loop.source.has_custom_fit and "batch_size" in loop.hp.values:
        arguments["batch_size"] = loop.hp.values["batch_size"]
    return arguments


def _accepts(loop: EpochLoop, name: str) -> bool:
    """Whether an argument may be given by name.

    A hypermodel's ``fit`` that takes any argument hands it on to the model's.
    """
    for fit in (loop.source.hypermodel.fit, loop.compiled.model.fit):
        parameters = signature(fit).parameters
        if name in parameters:
            return True
        if all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
            return False
    return True


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
    """Validates each epoch of a user's ``fit``, and stops it when the curve says so.

    A training loop that doesn't look at ``stop_training`` may go on; its further
    epochs do not count.
    """

    def __init__(
        self, loop: EpochLoop, epochs: int, curve: LearningCurve, timer: StageTimer
    ) -> None:
        super().__init__()
        self._loop = loop
        self._epochs = epochs
        self._curve = curve
        self._timer = timer
        self._started = time.perf_counter()
        self._trained: np.ndarray | None = None
        self.own_weights = OwnWeights()

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self.own_weights.set_model(model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        first = averaged(self.model)[:1]
        self._trained = np.array(first[0][0]) if first else None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._has_ended:
            return
        self.own_weights.on_epoch_end(epoch)
        training = {
            name: value
            for name, value in scalars(logs or {}).items()
            if not name.startswith("val_")
        }
        with nullcontext() if self._is_swapped else averaged_weights(self.model):
            metrics = training | self._validate()
            seconds = time.perf_counter() - self._started
            self._curve.add(metrics, seconds, self.model.get_weights)
        if self._has_ended:
            self.model.stop_training = True
        self._started = time.perf_counter()

    @property
    def _has_ended(self) -> bool:
        return self._curve.should_stop or self._curve.epoch >= self._epochs

    @property
    def _is_swapped(self) -> bool:
        """Whether a callback of the user's has put the averages into the model."""
        if self._trained is None:
            return False
        weight, _ = averaged(self.model)[0]
        return not np.array_equal(self._trained, np.array(weight))

    def _validate(self) -> dict[str, float]:
        loop = self._loop
        self._timer.enter("validation")
        metrics = loop.inputs.evaluator.validation(
            loop.compiled, loop.indices.validation
        )
        self._timer.enter("training")
        return metrics
