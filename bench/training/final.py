"""A final training: the best configuration with one seed, tested once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.records import TIME_UP, FinalRecord, Role, TrialResult
from bench.records.wording import counted
from bench.training.curve import DivergedError, Report
from bench.training.kept import keep
from bench.training.mistake_images import mistake_images
from bench.training.request import FinalRequest
from bench.training.timings import Clock, StageTimer
from bench.training.trainer import Trainer
from bench.training.training import Trained

_WARM_UPS = 3
"""Number of predictions before the latency is measured."""

_TIMINGS = 20
"""Maximum number of predictions over which the median latency is taken."""

_MIN_TIMINGS = 3
"""Minimum number of these predictions, however long they take."""

LATENCY_SECONDS = 2.0
"""Seconds after which no further prediction is timed."""


@dataclass(frozen=True, kw_only=True)
class FinalResult:
    """Result of a final training.

    Attributes:
        record: Metrics and costs.
        outputs: Outputs of the test for reports, by name.
        is_cut_short: Whether the training ended because time was up.
    """

    record: FinalRecord
    outputs: Mapping[str, np.ndarray]
    is_cut_short: bool = False


@dataclass(frozen=True, kw_only=True)
class FinalsResult:
    """Results of final trainings that were trained together.

    Attributes:
        results: Of the first finals of the request, in their order; a ``TrialResult``
            has the error of one that failed. Those without a result are to be
            requested again; one by one if there is none.
    """

    results: tuple[FinalResult | TrialResult, ...]


def run_final(trainer: Trainer, request: FinalRequest, report: Report) -> FinalResult:
    """Train a configuration, then test it on the test split.

    This is the only use of the test split. A training that diverges in its first epoch
    has the scores of the reference that learned nothing.

    Args:
        trainer: Trains the configuration.
        request: The configuration, its seed and its epochs.
        report: Called after every epoch; False ends the training.

    Raises:
        Exception: Any other error of building, training or testing the model.
    """
    clock = Clock()
    try:
        with clock:
            trained = trainer.train(request.training, report, StageTimer())
    except DivergedError as error:
        return diverged(trainer, request, clock, str(error))
    return tested(trainer, request, clock, trained)


def tested(
    trainer: Trainer, request: FinalRequest, clock: Clock, trained: Trained
) -> FinalResult:
    """Test a trained model on the test split, and keep it.

    Args:
        trainer: Trained it.
        request: The configuration, its seed and its epochs.
        clock: Measured the training.
        trained: The model at its best epoch.
    """
    evaluator = trainer.inputs.images.evaluator
    scores = evaluator.test(trained.compiled, trained.features, trained.validation)
    lost = keep(trainer, trained, scores, request.keep) if request.keep else ""
    predict = _predictor(trained)
    example = evaluator.example(trained.compiled.model)
    record = FinalRecord(
        role=request.role,
        seed=request.seed,
        metrics=dict(trained.curve.best_metrics) | dict(scores.metrics),
        best_epoch=trained.curve.best_epoch,
        epochs=trained.curve.epoch,
        parameters=trained.parameters,
        seconds=clock.seconds,
        core_seconds=clock.core_seconds,
        latency_ms_1=latency_ms(predict, example, batch=1),
        latency_ms_64=latency_ms(predict, example, batch=64),
        ended=time.time(),
        note="; ".join(filter(None, (scores.note, _cut(trained, request), lost))),
        planned=request.planned,
    )
    outputs = dict(scores.outputs)
    if request.role in (Role.FINAL, Role.DEFAULT):
        outputs |= mistake_images(trainer.inputs.images.task, outputs)
    return FinalResult(
        record=record, outputs=outputs, is_cut_short=trained.is_cut_short
    )


def _cut(trained: Trained, request: FinalRequest) -> str:
    """For how many epochs there was time; empty if there was enough."""
    epochs = counted(request.epochs, "epoch")
    if trained.is_cut_short:
        return f"{TIME_UP} after {trained.curve.epoch} of {epochs}"
    return (
        f"there was time for {request.planned:g} of {epochs}" if request.planned else ""
    )


def diverged(
    trainer: Trainer, request: FinalRequest, clock: Clock, error: str
) -> FinalResult:
    """The result of a training that diverged before it had any other.

    Args:
        trainer: Trained it.
        request: The configuration, its seed and its epochs.
        clock: Measured the training.
        error: Says how it diverged.
    """
    floor = trainer.inputs.images.evaluator.floor()
    record = FinalRecord(
        role=request.role,
        seed=request.seed,
        metrics=dict(floor.metrics),
        best_epoch=0,
        epochs=0,
        parameters=0,
        seconds=clock.seconds,
        core_seconds=clock.core_seconds,
        latency_ms_1=0.0,
        latency_ms_64=0.0,
        ended=time.time(),
        error=error,
    )
    return FinalResult(record=record, outputs=floor.outputs)


def _predictor(trained: Trained) -> Callable[[np.ndarray], object]:
    """A function that predicts a batch of images, by way of features if needed."""
    features, predict = trained.features, trained.compiled.predict_batch
    if features is None:
        return predict
    return lambda images: predict(features.of(images))


def latency_seconds(image_seconds: float) -> float:
    """Forecast of the seconds in which a final measures latencies."""
    seconds = 0.0
    for batch in (1, 64):
        one = batch * image_seconds
        shortest = (_WARM_UPS + _MIN_TIMINGS) * one
        longest = (_WARM_UPS + _TIMINGS) * one
        seconds += min(longest, max(shortest, LATENCY_SECONDS + one))
    return seconds


def latency_ms(
    predict: Callable[[np.ndarray], object], inputs: np.ndarray, batch: int
) -> float:
    """Median milliseconds per image for the prediction of a batch in memory.

    Args:
        predict: Predicts a batch.
        inputs: Images, repeated if there are fewer than a batch.
        batch: Number of images in a batch.
    """
    images = np.resize(inputs, (batch, *inputs.shape[1:]))
    timings: list[float] = []
    while len(timings) < _WARM_UPS + _TIMINGS:
        started = time.perf_counter()
        predict(images)
        timings.append(time.perf_counter() - started)
        is_known = len(timings) >= _WARM_UPS + _MIN_TIMINGS
        if is_known and sum(timings) > LATENCY_SECONDS:
            break
    return 1000 * statistics.median(timings[_WARM_UPS:]) / batch
