"""Starts Keras before the tests here import it."""

import pytest

from bench.training import backend

backend.start("tensorflow")


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Deterministic operations refuse to draw anything without a seed."""
    import keras

    keras.utils.set_random_seed(0)
