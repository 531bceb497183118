"""Keras' own format: one file, loaded by ``keras.models.load_model``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from bench.models.export.counting import counted

if TYPE_CHECKING:
    from bench.models.export.formats import Runtime


def write(model: keras.Model, path: Path) -> None:
    model.save(path)


def quantize(model: keras.Model, path: Path, calibration: np.ndarray) -> dict[str, int]:
    copy = quantized(model)
    copy.save(path)
    return weights_of(copy)


def quantized(model: keras.Model) -> keras.Model:
    """A copy of a model whose dense layers have weights of eight bits.

    Keras can quantize no other layers of our families. Those inside an attention layer
    it can, but does not load them again.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.quantize("int8", filters=lambda layer: isinstance(layer, keras.layers.Dense))
    return copy


def weights_of(model: keras.Model) -> dict[str, int]:
    """Number of weights by type."""
    return counted((str(weight.dtype), weight.shape) for weight in model.weights)


def load(path: Path) -> Runtime:
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    return lambda images: np.asarray(model.predict_on_batch(images))
