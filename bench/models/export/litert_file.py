"""LiteRT, once TensorFlow Lite: one file, run by its interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from bench.models.export.counting import counted

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime

_KINDS = {
    value: name
    for name, value in vars(schema.TensorType).items()
    if isinstance(value, int)
}


def write(model: keras.Model, path: Path, **options: Any) -> None:
    # Keras allows operations of TensorFlow, which the runtime alone lacks.
    target = {"supported_ops": [tensorflow.lite.OpsSet.TFLITE_BUILTINS]}
    model.export(path, format="litert", verbose=False, target_spec=target, **options)


def quantize(model: keras.Model, path: Path, calibration: np.ndarray) -> dict[str, int]:
    def examples() -> Iterator[list[np.ndarray]]:
        for image in calibration:
            yield [image[None]]

    optimizations = [tensorflow.lite.Optimize.DEFAULT]
    write(model, path, optimizations=optimizations, representative_dataset=examples)
    return counted(_constants(schema.Model.GetRootAsModel(path.read_bytes(), 0)))


def _constants(model: Any) -> Iterator[tuple[str, list[int]]]:
    """Types and shapes of the arrays that a file holds."""
    graph = model.Subgraphs(0)
    for number in range(graph.TensorsLength()):
        tensor = graph.Tensors(number)
        if model.Buffers(tensor.Buffer()).DataLength():
            shape = [tensor.Shape(i) for i in range(tensor.ShapeLength())]
            yield _KINDS[tensor.Type()], shape


def load(path: Path) -> Runtime:
    runner = Interpreter(model_path=str(path)).get_signature_runner()
    [name] = runner.get_input_details()

    def run(images: np.ndarray) -> np.ndarray:
        [outputs] = runner(**{name: images}).values()
        return np.asarray(outputs)

    return run
