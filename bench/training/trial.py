"""A trial request in, a trial result out."""

from __future__ import annotations

import gc
import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np

from bench.datasets import Task
from bench.records import TrialResult, Value
from bench.training import checkpoint, scores
from bench.training.curve import LearningCurve, Report
from bench.training.fit import FitProgram, Program
from bench.training.hypermodel import FamilySource
from bench.training.programs import Programs
from bench.training.stages import StageClock
from search_spaces.blocks import Dropout
from search_spaces.family import Family

DEFAULT_BATCH = 32
"""Keras' own, for hypermodels that search no batch size."""

_PREAMBLES = (
    "Exception encountered when calling",
    "Graph execution error",
    "Detected at node",
    "<stack traces unavailable>",
    'File "',
)
"""Begin what Keras and TensorFlow put before the message of an error."""


@dataclass(frozen=True, kw_only=True)
class TrialRequest:
    """One configuration to train.

    Attributes:
        number: Names the trial in its study; for a final training, its seed.
        hyperparameters: Active values.
        seed: Of initial weights, masks and the order of the images.
        epochs: Train up to this epoch, the parent's included.
        full_epochs: Of a full training; schedules of the learning rate span them.
        patience: Epochs without improvement before training ends.
        deadline: Time of day after which no epoch starts.
        parent: Checkpoint to go on from, if it exists.
        checkpoint: Where to keep the state at the end.
        is_final: Test the trained model too.
    """

    number: int
    hyperparameters: Mapping[str, Value]
    seed: int
    epochs: int
    full_epochs: int
    patience: int
    deadline: float | None = None
    parent: Path | None = None
    checkpoint: Path | None = None
    is_final: bool = False


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A program whose model is at its best epoch, and the curve that led there."""

    program: Program
    curve: LearningCurve
    space: Mapping[str, Any] | None


def train(
    source: FamilySource,
    programs: Programs,
    request: TrialRequest,
    report: Report,
    stages: StageClock,
) -> Trained:
    """Train one configuration, early stopping on validation, best weights restored.

    The same request gives the same weights: everything random follows the seed, and
    a training continued from a checkpoint equals an uninterrupted one.

    Args:
        source: The family.
        programs: Those of the task, as the family takes its images.
        request: What to train, and for how long.
        report: Called after every epoch; False ends the training.
        stages: Told what the time goes into.

    Raises:
        Exception: Whatever building or training raises.
    """
    stages.enter("build")
    model, hp = build(source, request.hyperparameters, request.seed)
    curve = LearningCurve(request.patience, report, request.deadline)
    program: Program
    if source.fits_itself:
        program = fitted = FitProgram(model, programs.task)
        _restore(request, program, curve)
        _fit_itself(source, programs.task, request, hp, fitted, curve, stages)
    else:
        stages.enter("tracing")
        program = programs.take(model)
        stages.enter("other")
        _restore(request, program, curve)
        _fit_epochs(source, programs.task, request, hp, program, curve, stages)
    stages.enter("other")
    if request.checkpoint is not None:
        checkpoint.save(request.checkpoint, program.model, curve)
    program.model.set_weights(curve.best_weights)
    return Trained(program=program, curve=curve, space=_new_space(request, hp))


def build(
    source: FamilySource, hyperparameters: Mapping[str, Value], seed: int
) -> tuple[keras.Model, keras_tuner.HyperParameters]:
    """A fresh model that follows the seed, and the hyperparameters it declared."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed % 2**32)  # all that NumPy takes
    hp = keras_tuner.HyperParameters()
    hp.values = dict(hyperparameters)
    return source.hypermodel.build(hp), hp


def _restore(request: TrialRequest, program: Program, curve: LearningCurve) -> None:
    if request.parent is not None and request.parent.exists():
        checkpoint.restore(request.parent, program.model, curve)


def run_trial(
    source: FamilySource, programs: Programs, request: TrialRequest, report: Report
) -> TrialResult:
    """Train one configuration; whatever goes wrong becomes part of the result."""
    started, core_started = time.perf_counter(), time.process_time()
    stages = StageClock()
    outcome: dict[str, Any]
    try:
        trained = train(source, programs, request, report, stages)
        outcome = {
            "metrics": dict(trained.curve.best_metrics),
            "best_epoch": trained.curve.best_epoch,
            "epochs": trained.curve.epoch,
            "parameters": parameters(trained.program.model),
            "space": trained.space,
        }
        del trained
    except Exception as error:  # a failed trial is a record, not the study's end
        outcome = {
            "error": one_line(error),
            "traceback": "".join(traceback.format_exception(error)),
        }
    gc.collect(1)  # what is older belongs to kept programs
    return TrialResult(
        **outcome,
        seconds=time.perf_counter() - started,
        core_seconds=time.process_time() - core_started,
        stage_seconds=stages.stop(),
    )


def parameters(model: keras.Model) -> int:
    """Numbers that training fits or tracks; dropout rates, weights here, aren't."""
    rates = sum(isinstance(layer, Dropout) for layer in model._flatten_layers())
    return int(model.count_params()) - rates


def one_line(error: Exception) -> str:
    """An error's kind and the first line of its message that says something."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(_PREAMBLES)] or lines
    return f"{type(error).__name__}: {telling[0]}" if lines else type(error).__name__


def _fit_epochs(
    source: FamilySource,
    task: Task,
    request: TrialRequest,
    hp: keras_tuner.HyperParameters,
    program: Program,
    curve: LearningCurve,
    stages: StageClock,
) -> None:
    """Train epoch by epoch, each in an order of its own that the seed fixes."""
    images = len(task.train)
    batch_size = hp.values.get("batch_size", DEFAULT_BATCH)
    steps = -(-images // batch_size)
    rates = None
    if isinstance(source.hypermodel, Family):
        rates = source.hypermodel.learning_rates(hp, steps * request.full_epochs)
    while curve.epoch < request.epochs and not curve.should_stop:
        started = time.perf_counter()
        stages.enter("training")
        order = np.random.default_rng([request.seed, curve.epoch]).permutation(images)
        window = slice(curve.epoch * steps, (curve.epoch + 1) * steps)
        metrics = program.train_epoch(
            order, None if rates is None else rates[window], batch_size
        )
        stages.enter("validation")
        metrics |= _validate(program, task)
        stages.enter("other")
        curve.add(metrics, time.perf_counter() - started, program.model.get_weights)


def _fit_itself(
    source: FamilySource,
    task: Task,
    request: TrialRequest,
    hp: keras_tuner.HyperParameters,
    program: FitProgram,
    curve: LearningCurve,
    stages: StageClock,
) -> None:
    """Call a hypermodel's own ``fit`` as Keras Tuner would."""
    if curve.should_stop or curve.epoch >= request.epochs:
        return
    x, y = task.train.images, program.targets(task.train.labels)
    validation = (task.validation.images, program.targets(task.validation.labels))
    first = curve.epoch

    def validate() -> dict[str, float]:
        stages.enter("validation")
        metrics = _validate(program, task)
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
        epochs=request.epochs - curve.epoch,
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


def _validate(program: Program, task: Task) -> dict[str, float]:
    probabilities = program.validate()
    return scores.classification(probabilities, task.validation.labels, "validation")


def _new_space(
    request: TrialRequest, hp: keras_tuner.HyperParameters
) -> Mapping[str, Any] | None:
    """Hyperparameters that building declared and the searcher did not know."""
    new = [
        entry
        for entry in hp.space
        if entry.name in hp.values and entry.name not in request.hyperparameters
    ]
    if not new:
        return None
    found = keras_tuner.HyperParameters()
    found.merge(new)
    config: Mapping[str, Any] = found.get_config()
    return config
