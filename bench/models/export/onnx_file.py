"""ONNX: one file, run by onnxruntime."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from tf2onnx import utils
from tf2onnx.handler import tf_op

from bench.models.export.counting import counted

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime

BATCH = 32
"""Number of images with which activations are calibrated at a time."""


@tf_op("Erfc")
class Erfc:
    """Converts the operation of an exact GELU, which tf2onnx does not know.

    It is one minus the error function, which ONNX has.
    """

    @classmethod
    def version_9(cls, context: Any, node: Any, **_: Any) -> None:
        [given], [output] = node.input, node.output
        shape, kind = context.get_shape(output), context.get_dtype(output)
        number = utils.map_onnx_to_numpy_type(kind)
        context.remove_node(node.name)
        one = context.make_const(utils.make_name("one"), np.ones((), number))
        erf = context.make_node("Erf", [given])
        context.make_node(
            "Sub",
            [one.output[0], erf.output[0]],
            outputs=[output],
            shapes=[shape],
            dtypes=[kind],
        )


def write(model: keras.Model, path: Path) -> None:
    """Write a model.

    Raises:
        ValueError: tf2onnx can't convert an operation; it only logs this.
    """
    with _logged_errors() as errors:
        model.export(path, format="onnx", verbose=False)
    if errors:
        raise ValueError("; ".join(errors))
    onnx.checker.check_model(path)


def quantize(model: keras.Model, path: Path, calibration: np.ndarray) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        write(model, plain)
        # Symbolic shapes are inferred by a package that nothing else here needs.
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            path,
            _Calibration(model.inputs[0].name, calibration),
            per_channel=True,
            # Without it, sums overflow on processors that lack VNNI.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    return counted(_weights(onnx.load(path).graph))


def _weights(graph: Any) -> Iterator[tuple[str, Sequence[int]]]:
    """Types and shapes of arrays, without the scales and zero points of others."""
    scales = {
        name
        for node in graph.node
        if "Linear" in node.op_type
        for name in node.input[1:]
    }
    for array in graph.initializer:
        if array.name not in scales:
            yield onnx.TensorProto.DataType.Name(array.data_type), array.dims


def load(path: Path) -> Runtime:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()

    def run(images: np.ndarray) -> np.ndarray:
        [outputs] = session.run(None, {given.name: images})
        return np.asarray(outputs)

    return run


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, images: np.ndarray) -> None:
        batches = range(0, len(images), BATCH)
        self._batches = iter([{name: images[i : i + BATCH]} for i in batches])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._batches, None)


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """Collects what tf2onnx logs as errors, which it does not raise."""
    errors: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(record.getMessage())

    logger, collector = logging.getLogger("tf2onnx"), Collector(logging.ERROR)
    logger.addHandler(collector)
    try:
        yield errors
    finally:
        logger.removeHandler(collector)
