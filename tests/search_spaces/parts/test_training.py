"""Optimizers, learning rates and losses of configurations."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import pytest

from search_spaces.parts import training
from search_spaces.parts.averaging import Averaging
from search_spaces.parts.training import LearningRates


def settings(**values: object) -> keras_tuner.HyperParameters:
    """The default configuration of a training, with some values replaced."""
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    schedules = ("cosine", "constant", "step")
    training.declare(hp, schedules=schedules)
    return hp


@pytest.mark.parametrize("steps", [1, 2, 3, 20, 1000])
def test_cosine_rises_to_the_learning_rate_and_falls_to_0(steps: int) -> None:
    rates = training.learning_rates(settings(learning_rate=2e-3), steps)
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
    rates = training.learning_rates(
        settings(schedule="constant", learning_rate=0.004), 7
    )
    np.testing.assert_array_equal(rates, np.full(7, 0.004))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize(
    ("name", "peak"), [("sgd", 0.2), ("adam", 0.001), ("rmsprop", 0.001)]
)
def test_sgd_has_a_separate_learning_rate(
    name: str, peak: float, schedule: str
) -> None:
    rates = {"learning_rate": 0.001} if name != "sgd" else {"sgd_learning_rate": 0.2}
    hp = settings(optimizer=name, schedule=schedule, **rates)
    assert training.learning_rates(hp, 100).max() == pytest.approx(peak)
    assert float(training.optimizer(hp).learning_rate) == pytest.approx(peak)


def test_learning_rates_are_set_before_every_step_and_the_last_remains() -> None:
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
def test_weight_decay_shrinks_kernels_only(name: str) -> None:
    x = inputs = keras.Input((4,))
    for layer in (keras.layers.Dense(3), keras.layers.BatchNormalization()):
        x = layer(x)
    model = keras.Model(inputs, x)
    for weight in model.trainable_weights:
        weight.assign(np.ones(weight.shape))
    optimizer = training.optimizer(settings(optimizer=name, weight_decay=0.03))
    gradients = [keras.ops.zeros(weight.shape) for weight in model.trainable_weights]
    optimizer.apply(gradients, model.trainable_weights)
    shrunk = {w.name for w in model.trainable_weights if np.asarray(w).max() < 1}
    assert shrunk == {"kernel"}


def test_step_schedule_falls_to_a_tenth_at_half_and_at_three_quarters() -> None:
    hp = settings(schedule="step", optimizer="sgd", sgd_learning_rate=0.2)
    rates = training.learning_rates(hp, 8)
    np.testing.assert_allclose(rates, [0.2] * 4 + [0.02] * 2 + [0.002] * 2)


def test_kind_of_loss_is_searched_for_two_classes_only() -> None:
    for classes, names in ((2, ["label_smoothing", "loss"]), (3, ["label_smoothing"])):
        hp = keras_tuner.HyperParameters()
        training.declare_loss(hp, classes)
        assert [entry.name for entry in hp.space] == names


@pytest.mark.parametrize(("loss", "outputs"), [("ce", 2), ("bce", 1)])
def test_both_losses_of_two_classes_learn_the_same_task(
    loss: str, outputs: int
) -> None:
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    y = (x[:, 0] > 0).astype("int64")
    hp = settings(learning_rate=1e-2)
    hp.values["loss"] = loss
    inputs = keras.Input((4,))
    model = keras.Model(inputs, training.classifier(hp, inputs, classes=2))
    training.compile_model(hp, model)
    history = model.fit(x, y, epochs=60, batch_size=32, verbose=0).history
    assert model.output_shape == (None, outputs)
    assert history["accuracy"][-1] > 0.95


@pytest.mark.parametrize("name", ["adam", "sgd", "rmsprop"])
def test_every_optimizer_averages_weights_where_it_is_asked_to(name: str) -> None:
    constant = {"optimizer": name, "schedule": "constant"}
    plain = training.optimizer(settings(**constant, averaging=0.0))
    averaging = training.optimizer(settings(**constant, averaging=0.9))
    assert isinstance(averaging, Averaging)
    assert isinstance(averaging, type(plain))
    assert averaging.averaging == 0.9


def test_weights_are_averaged_at_a_constant_learning_rate_only() -> None:
    for schedule in ("constant", "cosine", "step"):
        hp = settings(schedule=schedule)
        training.declare_averaging(hp)
        is_averaging = isinstance(training.optimizer(hp), Averaging)
        assert is_averaging == (schedule == "constant")


def test_averaging_is_declared_where_a_learning_rate_may_be_constant() -> None:
    for schedules, names in ((("cosine", "constant"), ["averaging"]), (("step",), [])):
        hp = keras_tuner.HyperParameters()
        training.declare(hp, schedules=schedules)
        known = len(hp.space)
        training.declare_averaging(hp)
        assert [entry.name for entry in hp.space[known:]] == names
