"""The blocks that families are built from."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import pytest

from search_spaces.parts import blocks


def test_scaling_maps_the_pixel_range_to_minus_one_and_one() -> None:
    images = np.array([[[[-3.0], [1.0], [5.0]]]], np.float32)
    scaled = np.asarray(blocks.scale(images, (-3.0, 5.0)))
    np.testing.assert_allclose(scaled.ravel(), [-1, 0, 1], atol=1e-6)


def test_squeeze_excitation_weights_channels_but_not_positions() -> None:
    inputs = keras.Input((5, 5, 8))
    model = keras.Model(inputs, blocks.squeeze_excitation(inputs))
    images = np.random.default_rng(0).uniform(1, 2, (3, 5, 5, 8)).astype("float32")
    weights = np.asarray(model(images)) / images
    np.testing.assert_allclose(weights, weights[:, :1, :1] + 0 * weights, rtol=1e-4)
    assert ((weights > 0) & (weights < 1)).all()
    assert weights[0, 0, 0].std() > 0


@pytest.mark.parametrize(
    ("low", "high", "step", "count"), [(0.0, 0.3, 0.1, 4), (0.8, 0.98, 0.02, 10)]
)
def test_steps_reach_both_ends(
    low: float, high: float, step: float, count: int
) -> None:
    hp = keras_tuner.HyperParameters()
    blocks.declare_steps(hp, "share", low, high, step, default=low)
    [entry] = hp.space
    values = list(entry.values)
    assert len(values) == count
    assert (values[0], values[-1]) == pytest.approx((low, high))
    samples = {round(entry.random_sample(seed), 6) for seed in range(200)}
    assert {round(low, 6), round(high, 6)} <= samples
