"""TensorFlow's SavedModel: a folder, as TensorFlow Serving takes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from bench.models.export.keras_file import quantized, weights_of

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime


def write(model: keras.Model, path: Path) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def quantize(model: keras.Model, path: Path, calibration: np.ndarray) -> dict[str, int]:
    copy = quantized(model)
    write(copy, path)
    return weights_of(copy)


def load(path: Path) -> Runtime:
    import tensorflow

    loaded = tensorflow.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    [name] = serve.structured_input_signature[1]

    def run(images: np.ndarray) -> np.ndarray:
        [outputs] = serve(**{name: tensorflow.constant(images)}).values()
        return np.asarray(outputs)

    run.__dict__["model"] = loaded  # whose variables the signature does not keep
    return run
