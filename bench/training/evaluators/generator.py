"""Generators after their training: as bytes for the store, and what they are fed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import numpy as np

_FILE = "generator.keras"


def latents(generator: keras.Model, count: int, seed: int) -> np.ndarray:
    """Normal draws ``(count, n)``, the same at every call."""
    shape = (count, generator.input_shape[1])
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def to_bytes(generator: keras.Model) -> np.ndarray:
    """A generator's file, ``uint8``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        generator.save(path)
        return np.frombuffer(path.read_bytes(), np.uint8)


def from_bytes(file: np.ndarray) -> keras.Model:
    """The generator of a file; it makes images in [-1, 1]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        path.write_bytes(file.tobytes())
        return keras.models.load_model(path)
