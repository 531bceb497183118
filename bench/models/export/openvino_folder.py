"""OpenVINO: a folder with ``model.xml`` and ``model.bin``, run on the CPU."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

# OpenVINO and NNCF tell their makers when they are used, if they find this package and
# the user has not objected; without it they do not. It must not be found before they
# are imported.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import nncf  # noqa: E402
import openvino  # noqa: E402

from bench.models.export.counting import counted  # noqa: E402

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime

FILE = "model.xml"

_WHOLE_NUMBERS = {"i8": "int8", "u8": "uint8", "f32": "float", "f16": "float16"}


def write(model: keras.Model, path: Path) -> None:
    path.mkdir()
    model.export(str(path / FILE), format="openvino", verbose=False)


def quantize(model: keras.Model, path: Path, calibration: np.ndarray) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain"
        write(model, plain)
        read = openvino.Core().read_model(plain / FILE)
        images = nncf.Dataset([image[None] for image in calibration])
        quantized = nncf.quantize(read, images, subset_size=len(calibration))
        path.mkdir()
        openvino.save_model(quantized, path / FILE, compress_to_fp16=False)
    constants = [op for op in quantized.get_ops() if op.get_type_name() == "Constant"]
    return counted(_kind_and_shape(constant) for constant in constants)


def _kind_and_shape(constant: Any) -> tuple[str, tuple[int, ...]]:
    kind = constant.get_element_type().get_type_name()
    return _WHOLE_NUMBERS.get(kind, kind), tuple(constant.get_output_shape(0))


def load(path: Path) -> Runtime:
    # Some processors would compute with 16 bits otherwise.
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path / FILE, "CPU", options)
    return lambda images: np.asarray(compiled(images)[0])
