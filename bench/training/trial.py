"""A trial of the search; errors become part of its result."""

from __future__ import annotations

import gc
import re
import time
import traceback
from dataclasses import replace

from bench.records import TrialResult
from bench.training.curve import Report
from bench.training.request import TrialRequest
from bench.training.timings import StageTimer
from bench.training.trainer import Trainer

_PREAMBLES = (
    "Exception encountered when calling",
    "Graph execution error",
    "Detected at node",
    "<stack traces unavailable>",
    'File "',
)
"""Beginnings of lines that Keras and TensorFlow put before the message of an error."""


def run_trial(trainer: Trainer, request: TrialRequest, report: Report) -> TrialResult:
    """Train one configuration; any error becomes part of the result.

    Args:
        trainer: Trains the configuration.
        request: The configuration, its seed and its epochs.
        report: Called after every epoch; False ends the training.
    """
    started, core_started = time.perf_counter(), time.process_time()
    timer = StageTimer()
    try:
        trained = trainer.train(request, report, timer)
        result = TrialResult(
            metrics=dict(trained.curve.best_metrics),
            best_epoch=trained.curve.best_epoch,
            epochs=trained.curve.epoch,
            parameters=trained.parameters,
            space=trained.space,
        )
        del trained
    except Exception as error:  # a failed trial doesn't end the study
        result = failed(error)
    gc.collect(1)  # the oldest generation belongs to kept models
    return replace(
        result,
        seconds=time.perf_counter() - started,
        core_seconds=time.process_time() - core_started,
        stage_seconds=timer.stop(),
    )


def failed(error: Exception) -> TrialResult:
    """The result of a training that raised an error."""
    lines = traceback.format_exception(error)
    return TrialResult(error=one_line(error), traceback="".join(lines))


def one_line(error: Exception) -> str:
    """An error's type and the first informative line of its message."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith(_PREAMBLES)] or lines
    return f"{type(error).__name__}: {messages[0]}" if lines else type(error).__name__
