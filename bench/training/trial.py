"""A trial of the search; errors become part of its result."""

from __future__ import annotations

import gc
import time
import traceback
from dataclasses import replace

from bench.errors import DatasetError
from bench.files import of_machine
from bench.records import TrialResult
from bench.training.curve import Report
from bench.training.model_errors import exits_as_errors, one_line
from bench.training.network import network_record
from bench.training.request import TrialRequest
from bench.training.timings import StageTimer
from bench.training.trainer import Trainer
from bench.training.training import Trained

MAX_TRACEBACK = 20_000
"""Number of characters at the end of a traceback that are kept."""


def run_trial(trainer: Trainer, request: TrialRequest, report: Report) -> TrialResult:
    """Train one configuration; any error of its own becomes part of the result.

    Args:
        trainer: Trains the configuration.
        request: The configuration, its seed and its epochs.
        report: Called after every epoch; False ends the training.

    Raises:
        StoreError: See ``failed``.
    """
    started, core_started = time.perf_counter(), time.process_time()
    timer = StageTimer()
    try:
        with exits_as_errors():
            trained = trainer.train(request, report, timer)
        result = TrialResult(
            metrics=dict(trained.curve.best_metrics),
            best_epoch=trained.curve.best_epoch,
            epochs=trained.curve.epoch,
            parameters=trained.parameters,
            multiply_adds=_multiply_adds(trainer, trained),
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


def _multiply_adds(trainer: Trainer, trained: Trained) -> int:
    """Those of which a ``WorkCounter`` knows; 0 otherwise."""
    if trainer.source.family is None or trained.features is not None:
        return 0
    return network_record(trained.compiled.model).multiply_adds or 0


def failed(error: Exception) -> TrialResult:
    """The result of a training that raised an error.

    Raises:
        DatasetError: A streamed image can't be read.
        StoreError: The machine is at fault, such as by a full disk. Neither says
            anything about the configuration.
    """
    if isinstance(error, DatasetError):
        raise error
    fault = of_machine(error)
    if fault is not None:
        raise fault from error
    text = "".join(traceback.format_exception(error))
    return TrialResult(error=one_line(error), traceback=text[-MAX_TRACEBACK:])
