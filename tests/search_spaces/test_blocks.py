"""The layers and hyperparameters that families share."""

from __future__ import annotations

from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow

from search_spaces import blocks
from search_spaces.blocks import Dropout, LearningRates

ONES = np.ones((64, 1000), np.float32)


def settings(**values: object) -> keras_tuner.HyperParameters:
    """What every family searches of its training, with some values changed."""
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    blocks.declare_training(hp)
    return hp


def share_dropped(layer: Dropout) -> float:
    return float(np.mean(np.asarray(layer(ONES, training=True)) == 0))


def test_dropout_does_nothing_at_inference() -> None:
    np.testing.assert_array_equal(Dropout(0.5)(ONES), ONES)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.6])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float) -> None:
    dropped = np.asarray(Dropout(rate)(ONES, training=True))
    assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.01)


def test_dropout_drops_others_each_time() -> None:
    layer = Dropout(0.5)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert not np.array_equal(first, second)


def test_dropout_with_a_seed_repeats_its_masks() -> None:
    np.testing.assert_array_equal(
        Dropout(0.5, seed=7)(ONES, training=True),
        Dropout(0.5, seed=7)(ONES, training=True),
    )


def test_dropout_rate_is_a_weight_that_no_optimizer_touches() -> None:
    layer = Dropout(0.25)
    layer.build(ONES.shape)
    assert layer.trainable_weights == []
    assert [float(weight) for weight in layer.weights] == [0.25]


def test_dropout_rate_takes_effect_without_a_new_program() -> None:
    inputs = keras.Input((1000,))
    model = keras.Model(inputs, Dropout(0.0)(inputs))
    traces = []

    @tensorflow.function
    def program(x: object) -> object:
        traces.append(x)
        return model(x, training=True)

    before = np.mean(np.asarray(program(ONES)) == 0)
    model.set_weights([np.float32(0.5)])
    after = np.mean(np.asarray(program(ONES)) == 0)
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


@pytest.mark.parametrize("steps", [1, 2, 3, 20, 1000])
def test_cosine_rises_to_the_learning_rate_then_falls_to_nothing(steps: int) -> None:
    rates = blocks.learning_rates(settings(learning_rate=2e-3), steps)
    top = int(rates.argmax())
    assert rates.shape == (steps,)
    assert rates[top] == pytest.approx(2e-3)
    assert top <= 0.1 * steps
    assert (rates > 0).all()
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    if steps >= 20:
        assert rates[-1] < 0.02 * rates[top]


def test_constant_schedule_is_constant() -> None:
    rates = blocks.learning_rates(settings(schedule="constant", learning_rate=0.004), 7)
    np.testing.assert_array_equal(rates, np.full(7, 0.004))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize(
    ("name", "peak"), [("sgd", 0.2), ("adam", 0.001), ("rmsprop", 0.001)]
)
def test_sgd_has_a_learning_rate_of_its_own(
    name: str, peak: float, schedule: str
) -> None:
    rates = {"learning_rate": 0.001} if name != "sgd" else {"sgd_learning_rate": 0.2}
    hp = settings(optimizer=name, schedule=schedule, **rates)
    assert blocks.learning_rates(hp, 100).max() == pytest.approx(peak)
    assert float(blocks.optimizer(hp).learning_rate) == pytest.approx(peak)


def test_learning_rates_are_set_before_every_step_and_the_last_one_stays() -> None:
    class Watch(keras.callbacks.Callback):
        seen: list[float]

        def on_train_begin(self, logs: object = None) -> None:
            self.seen = []

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self.seen.append(float(self.model.optimizer.learning_rate))

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    watch = Watch()
    rates = np.array([0.5, 0.25, 0.125])
    x, y = np.zeros((4, 3)), np.zeros((4, 1))
    callbacks = [LearningRates(rates), watch]
    model.fit(x, y, batch_size=2, epochs=2, callbacks=callbacks, verbose=0)
    assert watch.seen == [0.5, 0.25, 0.125, 0.125]


@pytest.mark.parametrize("name", ["adam", "sgd", "rmsprop"])
def test_weight_decay_shrinks_kernels_and_nothing_else(name: str) -> None:
    x = inputs = keras.Input((4,))
    for layer in (keras.layers.Dense(3), keras.layers.BatchNormalization()):
        x = layer(x)
    model = keras.Model(inputs, x)
    for weight in model.trainable_weights:
        weight.assign(np.ones(weight.shape))
    optimizer = blocks.optimizer(settings(optimizer=name, weight_decay=0.03))
    nothing = [keras.ops.zeros(weight.shape) for weight in model.trainable_weights]
    optimizer.apply(nothing, model.trainable_weights)
    shrunk = {w.name for w in model.trainable_weights if np.asarray(w).max() < 1}
    assert shrunk == {"kernel"}


def test_scaling_maps_the_pixel_range_to_minus_one_and_one() -> None:
    images = np.array([[[[-3.0], [1.0], [5.0]]]], np.float32)
    scaled = np.asarray(blocks.scale(images, (-3.0, 5.0)))
    np.testing.assert_allclose(scaled.ravel(), [-1, 0, 1], atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 5, 5, 4), (8, 4)])
def test_fused_normalization_equals_that_of_keras(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).normal(3, 2, shape).astype("float32")
    found, expected = (
        kind(momentum=0.8, epsilon=1e-3)
        for kind in (blocks.BatchNormalization, keras.layers.BatchNormalization)
    )
    for training in (True, True, False):
        np.testing.assert_allclose(
            found(images, training=training),
            expected(images, training=training),
            atol=1e-5,
        )
    for one, other in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
