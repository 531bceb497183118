"""What a configuration costs, from a few timed steps."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.datasets import Split, Task
from bench.records import Value
from bench.training.compiled.cache import Programs
from bench.training.features import BATCH
from bench.training.hypermodel import FamilySource
from bench.training.models import DEFAULT_BATCH, build, extractor
from bench.training.trial import one_line
from search_spaces.family import Extractor

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
        network: Name of the frozen one; None without one.
        feature_seconds: For it to see an image.
        train_seconds, validate_seconds: For one image.
        memory: Largest so far of the worker, in bytes.
        error: Why it can't be trained; None where it can.
    """

    start_seconds: float = 0.0
    network: str | None = None
    feature_seconds: float = 0.0
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
    network, feature_seconds = extractor(source, request.hyperparameters), 0.0
    if network is not None:
        some_images = programs.task.train.images[:BATCH]
        programs = _on_few(network, programs.task)
        feature_seconds = _feature_seconds(programs, some_images)
    started = time.perf_counter()
    model, hp = build(source, request.hyperparameters, 0, programs.features_shape)
    program = programs.take(model)
    start_seconds = time.perf_counter() - started
    batch_size = hp.values.get("batch_size", DEFAULT_BATCH)
    some = np.resize(programs.rows().train, STEPS * batch_size)
    given = programs.judge.example(program.model)
    given = np.resize(given, (len(some), *given.shape[1:]))
    return ProbeResult(
        start_seconds=start_seconds,
        network=None if network is None else network.name,
        feature_seconds=feature_seconds,
        train_seconds=_seconds(lambda: program.train_epoch(some, None, batch_size))
        / len(some),
        validate_seconds=_seconds(lambda: program.predict(given)) / len(given),
        memory=largest_memory(),
    )


def _on_few(network: Extractor, task: Task) -> Programs:
    """The programs of a frozen network's features, for as many images as it sees at
    once, none augmented.
    """

    def few(split: Split) -> Split:
        return Split(images=split.images[:BATCH], labels=split.labels[:BATCH])

    task = replace(task, train=few(task.train), validation=few(task.validation))
    with tempfile.TemporaryDirectory() as folder:
        return Programs(task, Path(folder)).on(replace(network, copies=1))


def _feature_seconds(programs: Programs, images: np.ndarray) -> float:
    """That the frozen network of some programs takes for an image."""
    features = programs.features
    assert features is not None
    return _seconds(lambda: features.of(images)) / len(images)


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
