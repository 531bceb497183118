"""Starts Keras, and makes hypermodels and data for tuners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from bench.training import backend

backend.start("tensorflow")

import keras  # noqa: E402


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """200 digits of 8x8 pixels in [0, 1], and their classes."""
    loaded: Any = load_digits()
    return (loaded.images[:200] / 16).astype("float32"), loaded.target[:200]


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Sets the seed without which TensorFlow's deterministic operations fail."""
    keras.utils.set_random_seed(0)
