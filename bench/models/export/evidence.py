"""Images of a study by which an artifact is compared with its model.

Needs Keras: call ``bench.training.backend.load`` before importing this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import keras
import numpy as np

from bench.datasets import Task, pixels
from bench.errors import DatasetError, UsageError
from bench.metrics import score
from bench.models.export.artifact import Quantization
from bench.models.own_task import own_task
from bench.models.selection import Selected
from bench.records import (
    DENOISING,
    GENERATION,
    LOG_LOSS,
    RANKING_METRICS,
    Metric,
    ModelRecord,
    Samples,
    StudySpec,
)
from bench.store import Store
from bench.training.evaluators.denoising import Denoising
from bench.training.evaluators.evaluator import configure
from bench.training.evaluators.generator import latents
from bench.training.evaluators.image_quality import psnr, squared_errors

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime

COMPARED = 64
"""Number of test images on which an artifact and its model are compared."""

CALIBRATED = 256
"""Maximum number of training images from which ranges of activations are taken."""

BATCH = 64
"""Number of test images that a quantized model is given at a time."""

MAX_LOSS = {
    **{metric.name: 0.05 for metric in RANKING_METRICS.values()},
    LOG_LOSS.name: 0.2,
    "psnr": 1.0,
}
"""Largest loss with which a quantized model is kept, by the metric that ranks.

What it costs is said in any case; a model that loses more is rather broken than
smaller."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a model and an artifact are given.

    Attributes:
        inputs: ``(n, ...)``, as the model takes them.
        source: Where they come from.
        quantization: What a quantization needs; None if it wasn't asked for.
    """

    inputs: np.ndarray
    source: str
    quantization: Quantization | None = None


def evidence(
    selected: Selected,
    model: keras.Model,
    record: ModelRecord,
    store: Store,
    *,
    data: Path | None,
    quantize: bool,
) -> Evidence:
    """Find what a model of a study is given.

    Args:
        selected: The study.
        model: One of its models.
        record: What its models take.
        store: Holds a few images of the study, for where the data set is gone.
        data: Folder of data sets known by name.
        quantize: Whether the model is to be quantized.

    Raises:
        UsageError: A quantization needs the data set, and it is gone; or the model is
            a generator.
    """
    if record.task_type == GENERATION:
        if quantize:
            raise _no_quantization(selected)
        return Evidence(inputs=latents(model, COMPARED, 0), source="random latents")
    try:
        task = own_task(selected.study, data)
    except DatasetError as error:
        if quantize:
            raise UsageError(
                "--quantize calibrates on training images and measures its cost on "
                f"test images; the study's can't be had ({error}): bring them back, "
                "or leave it out"
            ) from error
        return _kept(store.samples(selected.study.task.fingerprint), record)
    images = _images(task, selected.study.spec)
    inputs = images.inputs("test", _spread(len(task.test), COMPARED))
    return Evidence(
        inputs=inputs,
        source="test images",
        quantization=_quantization(images, selected.study.spec) if quantize else None,
    )


def _no_quantization(selected: Selected) -> UsageError:
    return UsageError(
        "--quantize takes classifiers and denoisers, since it measures on test images "
        f"what it costs; {selected.name} is a generator: leave it out"
    )


def _kept(samples: Samples, record: ModelRecord) -> Evidence:
    """The few test images that a store keeps, with 256 shades at most."""
    low, high = record.pixel_range
    shares = samples.test_images.astype("float32") / 255
    return Evidence(
        inputs=low + shares * (high - low),
        source="test images that the store keeps, since the data set is gone",
    )


def _quantization(images: _Images, spec: StudySpec) -> Quantization:
    chosen = _spread(len(images.task.train), CALIBRATED)
    metric = spec.task_type.ranked_by
    return Quantization(
        calibration=images.inputs("train", chosen),
        metric=metric,
        test_images=len(images.task.test),
        score=images.score,
        max_loss=MAX_LOSS[metric.name],
    )


class _Images(Protocol):
    """Images of a task as a model takes them.

    Attributes:
        task: The task.
    """

    task: Task

    def inputs(self, split: str, indices: np.ndarray) -> np.ndarray:
        """Inputs of a model, ``(n, ...)``, from images of a split."""

    def score(self, runtime: Runtime) -> float:
        """The metric that ranks, on all test images."""


def _images(task: Task, spec: StudySpec) -> _Images:
    if spec.task_type.kind == DENOISING:
        return _Noisy(task, Denoising(task, configure(DENOISING, spec.options, task)))
    return _Labelled(task, spec.task_type.ranked_by)


class _Labelled:
    def __init__(self, task: Task, metric: Metric) -> None:
        self.task = task
        self._metric = metric

    def inputs(self, split: str, indices: np.ndarray) -> np.ndarray:
        images: np.ndarray = getattr(self.task, split).images[indices]
        return images.astype("float32")

    def score(self, runtime: Runtime) -> float:
        inputs = self.inputs("test", np.arange(len(self.task.test)))
        return score(self._metric, _predicted(runtime, inputs), self.task.test.labels)


class _Noisy:
    """Noisy images, as a denoiser is tested with."""

    def __init__(self, task: Task, evaluator: Denoising) -> None:
        self.task = task
        self._evaluator = evaluator

    def inputs(self, split: str, indices: np.ndarray) -> np.ndarray:
        clean = self._evaluator.clean(split)[indices]
        noise = "test" if split == "test" else "validation"
        return self._evaluator.as_inputs(self._evaluator.noisy(clean, noise))

    def score(self, runtime: Runtime) -> float:
        clean = self._evaluator.clean("test")
        noisy = self._evaluator.as_inputs(self._evaluator.noisy(clean, "test"))
        denoised = pixels.scaled(_predicted(runtime, noisy), self.task.pixel_range)
        return psnr(squared_errors(denoised, clean))


def _predicted(runtime: Runtime, inputs: np.ndarray) -> np.ndarray:
    batches = range(0, len(inputs), BATCH)
    return np.concatenate([runtime(inputs[i : i + BATCH]) for i in batches])


def _spread(count: int, wanted: int) -> np.ndarray:
    """Indices spread evenly, the same at every call."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count), dtype=int))
