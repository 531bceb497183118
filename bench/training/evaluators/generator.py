"""Trained generators: saved as bytes for the store, and the inputs they take."""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import numpy as np

_FILE = "model.keras"


def latents(generator: keras.Model, count: int, seed: int) -> np.ndarray:
    """Normally distributed inputs of a generator, ``(count, n)``.

    Args:
        generator: Takes inputs ``(batch, n)``.
        count: Number of images to generate.
        seed: Seed of the inputs; the same seed gives the same inputs.
    """
    shape = (count, generator.input_shape[1])
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def to_bytes(model: keras.Model) -> np.ndarray:
    """A model as the content of a ``.keras`` file, ``(bytes,)``, ``uint8``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        model.save(path)
        return np.frombuffer(path.read_bytes(), np.uint8)


def from_bytes(file: np.ndarray) -> keras.Model:
    """Load a model from the content of a ``.keras`` file; see ``to_bytes``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        path.write_bytes(file.tobytes())
        return keras.models.load_model(path, safe_mode=True)
