"""Writes a model as an artifact, which stays only if it answers as the model does.

Needs Keras on TensorFlow: call ``bench.training.backend.load`` before importing this
module.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from bench.errors import BenchError, ExportError
from bench.files import of_machine, whole_target
from bench.models.export.comparison import answers, compare
from bench.models.export.exported import Artifact, Cost
from bench.models.export.formats import Format, check
from bench.records import Metric
from bench.text import ERROR, OUTPUT, hidden_output
from bench.training.model_errors import one_line

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """What a quantization needs, and how its cost is measured.

    Attributes:
        calibration: Inputs of the model, from training images.
        metric: Of test images.
        test_images: Number of them.
        score: Takes a model, loaded or in Keras, and returns its metric.
        max_loss: Largest loss of the metric with which an artifact is kept.
    """

    calibration: np.ndarray
    metric: Metric
    test_images: int
    score: Callable[[Runtime], float]
    max_loss: float


def export(
    model: keras.Model,
    format: Format,
    target: Path,
    inputs: np.ndarray,
    quantization: Quantization | None = None,
) -> Artifact:
    """Write a model, load it in the runtime of its format, and compare the two.

    Args:
        model: A functional model of one input and one output; it is left as it is.
        format: One of ``FORMATS``.
        target: File or folder that isn't there yet.
        inputs: What both are given, ``(n, ...)``.
        quantization: What a quantization needs; None to keep the weights.

    Raises:
        UsageError: The target can't be written, or a package is missing.
        ExportError: The model can't be converted, the artifact can't be loaded, or it
            answers something else; nothing is left behind.
    """
    check(format, target)
    inputs = inputs.astype(model.inputs[0].dtype)
    with whole_target(target) as path, _explained(format):
        # Keras exports no model that has never been called.
        answers(model, inputs)
        if quantization is None:
            format.converter.write(model, path)
            cost = None
        else:
            cost = _quantize(model, format, path, inputs, quantization)
        runtime = format.converter.load(path)
        comparison = compare(model, runtime, inputs, is_exact=cost is None)
        size = _bytes(path)
    return Artifact(path=target, bytes=size, comparison=comparison, cost=cost)


def _quantize(
    model: keras.Model,
    format: Format,
    path: Path,
    inputs: np.ndarray,
    quantization: Quantization,
) -> Cost:
    """Write a quantized artifact beside one that is not, which must be right."""
    converter = format.converter
    plain = path.with_name(f"plain{format.suffix}")
    converter.write(model, plain)
    compare(model, converter.load(plain), inputs, is_exact=True)
    calibration = quantization.calibration.astype(inputs.dtype)
    cost = Cost(
        weights=converter.quantize(model, path, calibration),
        metric=quantization.metric,
        test_images=quantization.test_images,
        before=quantization.score(model.predict_on_batch),
        after=quantization.score(converter.load(path)),
        plain_bytes=_bytes(plain),
    )
    _check_cost(cost, format, quantization.max_loss)
    return cost


def _check_cost(cost: Cost, format: Format, max_loss: float) -> None:
    if not cost.weights.get("int8"):
        raise ExportError(
            f"{format.name} quantizes {format.quantizes}; this model has none: leave "
            "out --quantize, or choose another --format"
        )
    loss = cost.metric.better(cost.before) - cost.metric.better(cost.after)
    if not loss <= max_loss:
        raise ExportError(
            f"a quantized model may lose {max_loss:g} of {cost.metric.label} on test "
            f"images; in {format.name} this one falls from "
            f"{cost.metric.text(cost.before)} to {cost.metric.text(cost.after)}: leave "
            "out --quantize, or choose another --format"
        )


@contextmanager
def _explained(format: Format) -> Iterator[None]:
    """Hide what converters print, and say what they raise in one line."""
    try:
        with hidden_output(OUTPUT, ERROR), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (BenchError, MemoryError):
        raise
    except Exception as error:
        if (fault := of_machine(error)) is not None:
            raise fault from error
        raise ExportError(
            f"a model of this kind can't be had in {format.name} "
            f"({one_line(error)[:300]}): choose another --format"
        ) from error


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
