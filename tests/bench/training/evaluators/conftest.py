"""A task that generators can be trained on."""

from __future__ import annotations

import pytest

from bench import datasets
from bench.datasets import Task


@pytest.fixture(scope="session")
def larger_digits() -> Task:
    """Digits of 16x16 pixels."""
    return datasets.load(
        datasets.DataSetRequest(
            dataset="digits",
            validation_fraction=0.15,
            test_fraction=0.12,
            image_size=(16, 16),
        )
    )
