"""The final training of a study: the best configuration, one seed, one test."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.records import FinalRecord
from bench.training.compiled.cache import Programs
from bench.training.curve import Report
from bench.training.hypermodel import FamilySource
from bench.training.timings import StageClock
from bench.training.trial import Trained, TrialRequest, train

LATENCY_BATCHES = (1, 64)
_WARM_UPS = 3
_TIMINGS = 20


@dataclass(frozen=True, kw_only=True)
class FinalResult:
    """Scores of a final training, and what reports show of its test."""

    record: FinalRecord
    outputs: Mapping[str, np.ndarray]


def run_final(
    source: FamilySource, programs: Programs, request: TrialRequest, report: Report
) -> FinalResult:
    """Train once more, then look at the test split, for the only time.

    Raises:
        Exception: Whatever building or training raises.
    """
    started, core_started = time.perf_counter(), time.process_time()
    trained = train(source, programs, request, report, StageClock())
    seconds = time.perf_counter() - started
    core_seconds = time.process_time() - core_started
    tested = programs.judge.test(trained.program, trained.features)
    predict = _predictor(trained)
    example = programs.judge.example(trained.program.model)
    latency = {size: latency_ms(predict, example, size) for size in LATENCY_BATCHES}
    record = FinalRecord(
        seed=request.seed,
        metrics=dict(trained.curve.best_metrics) | dict(tested.metrics),
        best_epoch=trained.curve.best_epoch,
        epochs=trained.curve.epoch,
        parameters=trained.parameters,
        seconds=seconds,
        core_seconds=core_seconds,
        latency_ms_1=latency[1],
        latency_ms_64=latency[64],
        ended=time.time(),
    )
    return FinalResult(record=record, outputs=tested.outputs)


def _predictor(trained: Trained) -> Callable[[np.ndarray], object]:
    """What predicts a batch of images, a frozen network before the model included."""
    features, predict = trained.features, trained.program.predict_batch
    if features is None:
        return predict
    return lambda images: predict(features.of(images))


def latency_ms(
    predict: Callable[[np.ndarray], object], inputs: np.ndarray, batch: int
) -> float:
    """Median milliseconds per image of predicting one batch that is in memory.

    Args:
        predict: Takes a batch.
        inputs: Repeated where there are fewer than a batch.
        batch: Images per call.
    """
    some = np.resize(inputs, (batch, *inputs.shape[1:]))
    timings = []
    for _ in range(_WARM_UPS + _TIMINGS):
        started = time.perf_counter()
        predict(some)
        timings.append(time.perf_counter() - started)
    return 1000 * statistics.median(timings[_WARM_UPS:]) / batch
