"""Compares what an artifact answers with what its model answers in Keras."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

from bench.errors import ExportError
from bench.models.export.exported import Comparison

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime

TOLERANCE = 1e-3
"""Largest difference of the outputs, as a share of Keras' largest output.

Runtimes round differently, which costs some 1e-6 in our families. A thousandth of a
probability, or a quarter of a gray level of 256, changes no use of a model."""

MAX_SINGLES = 64
"""Maximum number of inputs that are given one by one, to be timed."""


def answers(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """What a model answers in Keras.

    Raises:
        ExportError: Not all outputs are finite numbers.
    """
    outputs = np.asarray(model.predict(inputs, batch_size=len(inputs), verbose=0))
    if not np.isfinite(outputs).all():
        raise ExportError(
            "a model must answer with finite numbers to be compared; this one doesn't "
            "in Keras itself: export another seed or study"
        )
    return outputs


def compare(
    model: keras.Model, runtime: Runtime, inputs: np.ndarray, *, is_exact: bool
) -> Comparison:
    """Give the same inputs to a model and to an artifact, as one batch and one by one.

    Args:
        model: The model in Keras.
        runtime: The artifact, loaded.
        inputs: ``(n, ...)``.
        is_exact: Whether the outputs must agree but for rounding.

    Raises:
        ExportError: The outputs differ, or not even their shapes agree.
    """
    expected = answers(model, inputs)
    by_batch = runtime(inputs)
    singles, milliseconds = _one_by_one(runtime, inputs[:MAX_SINGLES])
    _, keras_milliseconds = _one_by_one(model.predict_on_batch, inputs[:MAX_SINGLES])
    difference = max(
        _difference(by_batch, expected),
        _difference(singles, expected[:MAX_SINGLES]),
    )
    limit = TOLERANCE * float(np.abs(expected).max()) if is_exact else float("inf")
    if not difference <= limit:
        raise ExportError(
            f"an artifact must answer as its model does, within {limit:.2g} on "
            f"{len(inputs)} inputs; this one differs by {difference:.2g}"
        )
    return Comparison(
        count=len(inputs),
        largest_difference=difference,
        milliseconds=milliseconds,
        keras_milliseconds=keras_milliseconds,
    )


def _difference(outputs: np.ndarray, expected: np.ndarray) -> float:
    """The largest; infinite if an output is no finite number."""
    if outputs.shape != expected.shape:
        raise ExportError(
            f"an artifact must answer as its model does, with outputs "
            f"{expected.shape}; this one's are {outputs.shape}"
        )
    if not np.isfinite(outputs).all():
        return float("inf")
    return float(np.abs(outputs.astype("float64") - expected).max())


def _one_by_one(
    predict: Callable[[np.ndarray], np.ndarray], inputs: np.ndarray
) -> tuple[np.ndarray, float]:
    """Outputs, and the median of milliseconds after a first, slow call."""
    predict(inputs[:1])
    outputs, seconds = [], []
    for each in inputs:
        started = time.perf_counter()
        outputs.append(np.asarray(predict(each[None])))
        seconds.append(time.perf_counter() - started)
    return np.concatenate(outputs), 1000 * float(np.median(seconds))
