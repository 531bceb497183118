"""A trial request in, a trial result out."""

from __future__ import annotations

import gc
import re
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_tuner

from bench.datasets.folds import Rows
from bench.records import TrialResult, Value
from bench.training import checkpoint, models
from bench.training.compiled.cache import Programs
from bench.training.compiled.compiled_model import CutShortError, Program
from bench.training.compiled.keras_fit import FitProgram
from bench.training.curve import CollapsedError, LearningCurve, Report
from bench.training.custom_fit import fit_itself
from bench.training.epochs import epochs
from bench.training.evaluators.classification import Classification
from bench.training.features import Features
from bench.training.hypermodel import FamilySource
from bench.training.timings import StageClock

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
        deadline: Time of day after which no epoch starts, and one that isn't the first
            is cut short.
        may_come_to_nothing: Whether the first one is cut short too.
        parent: Checkpoint to go on from, if it exists.
        checkpoint: Where to keep the state at the end.
        is_final: Test the trained model too.
        fold: The one that is held out: nothing of it is seen before the last epoch,
            the one that counts. None to validate after every epoch, on the
            validation split, and to keep the best.
    """

    number: int
    hyperparameters: Mapping[str, Value]
    seed: int
    epochs: int
    full_epochs: int
    patience: int
    deadline: float | None = None
    may_come_to_nothing: bool = False
    parent: Path | None = None
    checkpoint: Path | None = None
    is_final: bool = False
    fold: int | None = None


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A program whose model is at its best epoch, and the curve that led there.

    Attributes:
        features: What the model takes in place of images; None where it takes them.
        space: As of ``TrialResult``.
    """

    program: Program
    curve: LearningCurve
    features: Features | None
    space: Mapping[str, Any] | None

    @property
    def parameters(self) -> int:
        """Of the model, a frozen network before it included."""
        own = models.parameters(self.program.model)
        network = self.features and self.features.network
        return own + (models.parameters(network) if network else 0)


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
    network = models.extractor(source, request.hyperparameters)
    stages.enter("features")
    images, programs = programs, programs.on(network)
    stages.enter("build")
    model, hp = models.build(
        source, request.hyperparameters, request.seed, programs.features_shape
    )
    rows = programs.rows(request.fold)
    patience = request.patience if request.fold is None else None
    judge = programs.judge
    judge.begin()
    curve = LearningCurve(judge.goal, patience, report, request.deadline)
    program: Program
    whole = True
    if source.fits_itself:
        program = FitProgram(model, judge)
        _restore(request, program, curve)
        assert isinstance(judge, Classification)
        fit_itself(source, hp, program, judge, rows, request.epochs, curve, stages)
    else:
        if not _goes_on(request):
            models.warm_up(source, images, hp, model, request.seed, rows, stages)
        stages.enter("tracing")
        program = programs.take(model)
        stages.enter("other")
        _restore(request, program, curve)
        whole = _fit_epochs(source, programs, request, rows, hp, program, curve, stages)
    stages.enter("other")
    _check_fold_was_seen(request, curve)
    if request.checkpoint is not None and whole:
        checkpoint.save(request.checkpoint, program.model, curve)
    if curve.best_weights:
        program.model.set_weights(curve.best_weights)
    return Trained(
        program=program,
        curve=curve,
        features=programs.features,
        space=_new_space(request, hp),
    )


def _check_fold_was_seen(request: TrialRequest, curve: LearningCurve) -> None:
    if request.fold is not None and curve.epoch < request.epochs:
        raise CutShortError(
            f"time was up after epoch {curve.epoch} of {request.epochs}, before the "
            "fold was looked at"
        )


def _goes_on(request: TrialRequest) -> bool:
    return request.parent is not None and request.parent.exists()


def _restore(request: TrialRequest, program: Program, curve: LearningCurve) -> None:
    if request.parent is not None and _goes_on(request):
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
            "parameters": trained.parameters,
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


def one_line(error: Exception) -> str:
    """An error's kind and the first line of its message that says something."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(_PREAMBLES)] or lines
    return f"{type(error).__name__}: {telling[0]}" if lines else type(error).__name__


def _fit_epochs(
    source: FamilySource,
    programs: Programs,
    request: TrialRequest,
    rows: Rows,
    hp: keras_tuner.HyperParameters,
    program: Program,
    curve: LearningCurve,
    stages: StageClock,
) -> bool:
    """Train until the curve says stop, judging each epoch, or with a fold the last.

    An epoch that time cuts short or that leaves a generator collapsed ends the
    training; what was good before it is kept.

    Returns:
        Whether no epoch was cut short.
    """

    def deadline(epoch: int) -> float | None:
        return request.deadline if epoch or request.may_come_to_nothing else None

    def judged(metrics: dict[str, float]) -> dict[str, float]:
        curve.check(metrics)
        stages.enter("validation")
        return metrics | programs.judge.validation(program, rows.validation)

    trained = epochs(
        source,
        hp,
        programs,
        program,
        rows,
        seed=request.seed,
        first=curve.epoch,
        full=request.full_epochs,
        deadline=deadline,
    )
    while curve.epoch < request.epochs and not curve.should_stop:
        started = time.perf_counter()
        stages.enter("training")
        try:
            metrics = next(trained)
            if request.fold is None or curve.epoch + 1 == request.epochs:
                metrics = judged(metrics)
        except (CutShortError, CollapsedError) as error:
            if not curve.epoch:
                raise
            return isinstance(error, CollapsedError)
        stages.enter("other")
        curve.add(metrics, time.perf_counter() - started, program.model.get_weights)
    return True


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
