"""The layers whose settings are weights."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow

from search_spaces.parts import layers
from search_spaces.parts.layers import Dropout

ONES = np.ones((64, 1000), np.float32)


def share_dropped(layer: Dropout) -> float:
    return float(np.mean(np.asarray(layer(ONES, training=True)) == 0))


def test_dropout_does_nothing_at_inference() -> None:
    np.testing.assert_array_equal(Dropout(0.5)(ONES), ONES)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.6])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float) -> None:
    dropped = np.asarray(Dropout(rate)(ONES, training=True))
    assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.01)


def test_dropout_draws_another_mask_each_time() -> None:
    layer = Dropout(0.5)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert not np.array_equal(first, second)


def test_dropout_with_a_seed_repeats_its_masks() -> None:
    np.testing.assert_array_equal(
        Dropout(0.5, seed=7)(ONES, training=True),
        Dropout(0.5, seed=7)(ONES, training=True),
    )


def test_dropout_rate_is_a_weight_that_is_not_trained() -> None:
    layer = Dropout(0.25)
    layer.build(ONES.shape)
    assert layer.trainable_weights == []
    assert [float(weight) for weight in layer.weights] == [0.25]


def test_dropout_rate_takes_effect_without_a_new_trace() -> None:
    inputs = keras.Input((1000,))
    model = keras.Model(inputs, Dropout(0.0)(inputs))
    traces = []

    @tensorflow.function
    def traced(x: object) -> object:
        traces.append(x)
        return model(x, training=True)

    before = np.mean(np.asarray(traced(ONES)) == 0)
    model.set_weights([np.float32(0.5)])
    after = np.mean(np.asarray(traced(ONES)) == 0)
    assert (before, len(traces)) == (0, 1)
    assert after == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_dropout_refuses_a_rate_out_of_range(rate: float) -> None:
    with pytest.raises(ValueError, match=f"not {rate}"):
        Dropout(rate)


def test_dropout_is_saved_with_the_rate_that_was_set_later(tmp_path: Path) -> None:
    inputs = keras.Input((1000,))
    model = keras.Model(inputs, Dropout(0.1, seed=3)(inputs))
    model.set_weights([np.float32(0.4)])
    model.save(tmp_path / "model.keras")
    layer = keras.models.load_model(tmp_path / "model.keras").layers[-1]
    assert layer.seed == 3
    assert share_dropped(layer) == pytest.approx(0.4, abs=0.01)


def test_stochastic_depth_drops_whole_images_and_keeps_the_mean() -> None:
    ones = np.ones((4000, 2, 2, 3), np.float32)
    dropped = np.asarray(layers.StochasticDepth(0.3)(ones, training=True))
    by_image = dropped.reshape(4000, -1)
    assert (by_image == by_image[:, :1]).all()
    assert np.mean(by_image[:, 0] == 0) == pytest.approx(0.3, abs=0.03)
    assert dropped.mean() == pytest.approx(1, abs=0.05)
    np.testing.assert_array_equal(layers.StochasticDepth(0.3)(ones), ones)
