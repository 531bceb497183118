"""The cost of a configuration, estimated from a few timed steps."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.datasets import SingleSplit, Split
from bench.files import of_machine
from bench.records import Value
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.feature_file import BATCH
from bench.training.inputs import InputCache, Inputs
from bench.training.model_errors import exits_as_errors, one_line
from bench.training.models import batch_size, build, extractor
from bench.training.trainer import Trainer
from search_spaces.family import Extractor

STEPS = 4
"""Number of training steps in a timed call."""

MIN_SECONDS = 0.3
"""Minimum seconds for which a timed call is repeated."""


@dataclass(frozen=True)
class ProbeRequest:
    """A configuration whose cost is to be estimated.

    Attributes:
        hyperparameters: Values of the active hyperparameters.
    """

    hyperparameters: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """The measured cost of a configuration.

    Attributes:
        start_seconds: Seconds to build and compile a model.
        network: Name of the frozen network; None if models take images.
        feature_seconds: Seconds of the frozen network for one image.
        train_seconds, validate_seconds: Seconds to train on, and to predict, one
            image.
        memory: Peak memory of the worker so far, in bytes.
        error: Why the configuration can't be trained; None if it can.
    """

    start_seconds: float = 0.0
    network: str | None = None
    feature_seconds: float = 0.0
    train_seconds: float = 0.0
    validate_seconds: float = 0.0
    memory: int = 0
    error: str | None = None


def run_probe(trainer: Trainer, request: ProbeRequest) -> ProbeResult:
    """Build a model and time a few of its steps; nothing is kept.

    Errors become part of the result, unless the machine is at fault.

    Args:
        trainer: Holds the family and its inputs.
        request: The configuration.

    Raises:
        StoreError: The machine is at fault, such as by a full disk.
    """
    try:
        with exits_as_errors():
            return _probe(trainer, request)
    except Exception as error:  # a trial with this error would be a failed one
        fault = of_machine(error)
        if fault is not None:
            raise fault from error
        return ProbeResult(error=one_line(error))


def _probe(trainer: Trainer, request: ProbeRequest) -> ProbeResult:
    source, inputs = trainer.source, trainer.inputs.images
    network, feature_seconds = extractor(source, request.hyperparameters), 0.0
    if network is not None:
        images = inputs.task.train.images[:BATCH]
        inputs = _features_of_few(network, inputs)
        feature_seconds = _feature_seconds(inputs, images)
    started = time.perf_counter()
    model, hp = build(source, request.hyperparameters, 0, inputs.features_shape)
    compiled = inputs.compiled.take(model)
    start_seconds = time.perf_counter() - started
    size = batch_size(hp)
    order = np.arange(STEPS * size) % len(inputs.task.train)
    example = inputs.evaluator.example(compiled.model)
    examples = np.resize(example, (len(order), *example.shape[1:]))
    return ProbeResult(
        start_seconds=start_seconds,
        network=None if network is None else network.name,
        feature_seconds=feature_seconds,
        train_seconds=_seconds(lambda: compiled.train_epoch(order, None, size))
        / len(order),
        validate_seconds=_seconds(lambda: compiled.predict(examples)) / len(examples),
        memory=largest_memory(),
    )


def _features_of_few(network: Extractor, inputs: Inputs) -> Inputs:
    """Inputs with features of one batch of images, without augmentation."""

    def few(split: Split) -> Split:
        return Split(images=split.images[:BATCH], labels=split.labels[:BATCH])

    task = inputs.task
    task = replace(task, train=few(task.train), validation=few(task.validation))
    config = EvaluatorConfig(task_type=inputs.evaluator.task_type)
    with tempfile.TemporaryDirectory() as folder:
        cache = InputCache(task, config, SingleSplit(task), Path(folder))
        return cache.of(replace(network, copies=1))


def _feature_seconds(inputs: Inputs, images: np.ndarray) -> float:
    """Seconds of a frozen network for one image."""
    features = inputs.features
    assert features is not None
    return _seconds(lambda: features.of(images)) / len(images)


def _seconds(call: Callable[[], object]) -> float:
    """Mean seconds of a call, after a first call that isn't timed."""
    call()
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < MIN_SECONDS:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls


def largest_memory() -> int:
    """Peak memory of this process so far, in bytes; 0 if the platform doesn't say."""
    try:
        import resource
    except ImportError:
        return 0
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024
