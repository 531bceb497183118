"""What is particular to one format."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from bench.errors import ExportError
from bench.models.export import Format
from bench.models.export.artifact import export


@pytest.mark.exports
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("onnx", r"in onnx \(ValueError: Tensorflow op \[.*Erfinv"),
        ("litert", r"in litert \(.*Erfinv"),
    ],
)
def test_operation_that_a_format_lacks_is_named(
    keras_started: None,
    inputs_of: Callable,
    tmp_path: Path,
    available: Callable[[str], Format],
    name: str,
    message: str,
) -> None:
    format = available(name)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="tanh")(inputs)
    model = keras.Model(inputs, keras.ops.erfinv(hidden))
    target = tmp_path / f"model{format.suffix}"
    with pytest.raises(ExportError, match=message):
        export(model, format, target, inputs_of(model))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.exports
def test_openvino_tells_nobody_that_it_is_used(
    keras_started: None, available: Callable[[str], Format]
) -> None:
    assert available("openvino").converter
    from openvino.tools.ovc import telemetry_utils

    assert sys.modules["openvino_telemetry"] is None
    assert telemetry_utils.tm.__name__.endswith("telemetry_stub")
