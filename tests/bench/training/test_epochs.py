"""What each epoch of a training trains on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras_tuner
import numpy as np
import pytest

from bench.training.epochs import EpochLoop


def loop(full_epochs: float, images: int = 95) -> EpochLoop:
    """A loop of steps of ten images, whose learning rates are numbers of steps."""
    hp = keras_tuner.HyperParameters()
    hp.Fixed("batch_size", 10)
    source: Any = SimpleNamespace(
        family=SimpleNamespace(learning_rates=lambda hp, steps: np.arange(steps))
    )
    inputs: Any = SimpleNamespace(order=lambda indices, seed, number: np.arange(images))
    indices: Any = SimpleNamespace(train=np.arange(images))
    compiled: Any = None
    return EpochLoop(
        source=source,
        hp=hp,
        inputs=inputs,
        compiled=compiled,
        indices=indices,
        seed=0,
        full_epochs=full_epochs,
    )


@pytest.mark.parametrize(
    ("full_epochs", "images", "expected"),
    [
        (2, 95, [95, 95]),
        (2.5, 95, [95, 95, 50]),
        (1.9, 95, [95, 90]),
        (1.1, 40, [40, 10]),  # less than a step
        (1.0, 5, [5]),
    ],
)
def test_last_epoch_may_be_a_part_of_one(
    full_epochs: float, images: int, expected: list[int]
) -> None:
    epochs = [loop(full_epochs, images).epoch(n) for n in range(len(expected))]
    assert [len(epoch.order) for epoch in epochs] == expected
    rates = np.concatenate([epoch.rates for epoch in epochs])
    np.testing.assert_array_equal(rates, np.arange(len(rates)))
    for epoch in epochs:
        assert len(epoch.rates) == -(-len(epoch.order) // epoch.batch_size)
