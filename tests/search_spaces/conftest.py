"""Starts Keras before the tests here import it."""

import pytest

from bench.training import backend

backend.start("tensorflow")


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Set a seed, without which deterministic operations refuse to draw."""
    import keras

    keras.utils.set_random_seed(0)
