"""What a configuration costs, from a few timed steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.records import Value
from bench.training.hypermodel import FamilySource
from bench.training.programs import Programs
from bench.training.trial import DEFAULT_BATCH, build, one_line

STEPS = 4
"""Timed at once."""

LEAST_SECONDS = 0.3
"""Steps are repeated until they took so long."""


@dataclass(frozen=True)
class ProbeRequest:
    """A configuration to look at.

    Attributes:
        hyperparameters: Active values.
    """

    hyperparameters: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What was measured.

    Attributes:
        start_seconds: To build a model and its program.
        train_seconds, validate_seconds: For one image.
        memory: Largest so far of the worker, in bytes.
        error: Why it can't be trained; None where it can.
    """

    start_seconds: float = 0.0
    train_seconds: float = 0.0
    validate_seconds: float = 0.0
    memory: int = 0
    error: str | None = None


def run_probe(
    source: FamilySource, programs: Programs, request: ProbeRequest
) -> ProbeResult:
    """Build a configuration and time a few of its steps; nothing is kept."""
    try:
        return _probe(source, programs, request)
    except Exception as error:  # such a trial would be recorded as failed
        return ProbeResult(error=one_line(error))


def _probe(
    source: FamilySource, programs: Programs, request: ProbeRequest
) -> ProbeResult:
    started = time.perf_counter()
    model, hp = build(source, request.hyperparameters, seed=0)
    program = programs.take(model)
    start_seconds = time.perf_counter() - started
    batch_size = hp.values.get("batch_size", DEFAULT_BATCH)
    some = np.arange(min(len(programs.task.train), STEPS * batch_size))
    images = programs.task.validation.images[: len(some)]
    return ProbeResult(
        start_seconds=start_seconds,
        train_seconds=_seconds(lambda: program.train_epoch(some, None, batch_size))
        / len(some),
        validate_seconds=_seconds(lambda: program.predict(images)) / len(images),
        memory=largest_memory(),
    )


def _seconds(call: Callable[[], object]) -> float:
    """That a call takes, the first one left out."""
    call()
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < LEAST_SECONDS:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls


def largest_memory() -> int:
    """Of this process so far, in bytes; 0 where the platform doesn't say."""
    try:
        import resource
    except ImportError:
        return 0
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024
