"""Compiled epochs give what Keras' own ``fit`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bench.training.fit import CompiledFit
from search_spaces.parts.averaging import AveragingSGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6))
CLASSES = RNG.integers(0, 3, 50)
NUMBERS = X[:, 0] * 2 + 1


def classifier(**compile_options: Any) -> keras.Model:
    model = keras.Sequential(
        [
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.2, seed=3),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    options: dict[str, Any] = {
        "optimizer": keras.optimizers.Adam(0.05),
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    }
    model.compile(**options | compile_options)
    return model


def regressor() -> keras.Model:
    return sequential_regressor(keras.optimizers.SGD(0.05, momentum=0.9))


def averaging_regressor() -> keras.Model:
    return sequential_regressor(AveragingSGD(0.05, averaging=0.9))


def sequential_regressor(optimizer: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"])
    return model


def penalized_regressor(number: float) -> keras.Model:
    keras.utils.clear_session(free_memory=False)  # so that layers have equal names
    penalty = keras.regularizers.L2(number)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(1, kernel_regularizer=penalty)]
    )
    model.compile(optimizer=keras.optimizers.Adam(number), loss="mse", metrics=["mae"])
    return model


def two_in_two_out() -> keras.Model:
    first, second = keras.Input((6,), name="first"), keras.Input((6,), name="second")
    joined = keras.layers.concatenate([first, second])
    classes = keras.layers.Dense(3, activation="softmax", name="classes")(joined)
    number = keras.layers.Dense(1, name="number")(joined)
    model = keras.Model(
        {"first": first, "second": second}, {"classes": classes, "number": number}
    )
    model.compile(
        optimizer="rmsprop",
        loss={"classes": "sparse_categorical_crossentropy", "number": "mse"},
        metrics={"classes": ["accuracy"], "number": ["mae"]},
    )
    return model


class OwnStep(keras.Model):
    """Logs a value that is no metric of the model."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="softmax")

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def train_step(self, data: Any) -> Any:
        return super().train_step(data) | {"largest": keras.ops.max(data[0])}


def own_step() -> keras.Model:
    model = OwnStep()
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    return model


def twice(
    build: Callable[[], keras.Model], *args: Any, **kwargs: Any
) -> tuple[keras.Model, keras.Model, CompiledFit]:
    """The same training by Keras, and by compiled epochs."""
    models = []
    fit = CompiledFit()
    kwargs.setdefault("verbose", 0)
    callbacks = kwargs.pop("callbacks", list)
    for is_compiled in (False, True):
        keras.utils.set_random_seed(1)
        model = build()
        if is_compiled:
            with fit.installed():
                model.fit(*args, callbacks=callbacks(), **kwargs)
        else:
            model.fit(*args, callbacks=callbacks(), **kwargs)
        models.append(model)
    return models[0], models[1], fit


def assert_same(theirs: keras.Model, ours: keras.Model) -> None:
    expected, got = theirs.history.history, ours.history.history
    assert list(got) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(got[name], values, rtol=1e-4, atol=1e-5)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("build", "args", "options"),
    [
        (classifier, (X, CLASSES), {"validation_data": (X[:7], CLASSES[:7])}),
        (
            two_in_two_out,
            (
                {"first": X, "second": -X},
                {"classes": CLASSES, "number": NUMBERS},
            ),
            {"validation_split": 0.2},
        ),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                (classifier, (X, CLASSES), {"validation_split": 0.3, "batch_size": 8}),
                (classifier, (X, CLASSES), {"sample_weight": X[:, 0] ** 2}),
                (classifier, (X, CLASSES), {"class_weight": {0: 3.0, 2: 0.1}}),
                (
                    classifier,
                    (X.astype("float32"), CLASSES),
                    {"validation_data": (X[:7], CLASSES[:7], X[:7, 0] ** 2)},
                ),
                (regressor, (X, NUMBERS), {"validation_split": 0.5}),
                (averaging_regressor, (X, NUMBERS), {"validation_split": 0.5}),
                (
                    own_step,
                    (X.astype("float32"), CLASSES),
                    {"validation_split": 0.2},
                ),
            )
        ),
    ],
)
def test_history_and_weights_are_those_of_keras(
    build: Callable[[], keras.Model], args: Any, options: Any
) -> None:
    theirs, ours, fit = twice(build, *args, epochs=3, shuffle=False, **options)
    assert fit.reasons == []
    assert_same(theirs, ours)


def test_callbacks_of_epochs_act_as_in_keras(tmp_path: Path) -> None:
    def callbacks() -> list[keras.callbacks.Callback]:
        return [
            keras.callbacks.EarlyStopping(
                "val_loss", patience=2, restore_best_weights=True
            ),
            keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.1),
            keras.callbacks.LearningRateScheduler(lambda e, rate: rate * 0.9),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.ModelCheckpoint(tmp_path / "model.keras"),
            keras.callbacks.TerminateOnNaN(),
        ]

    theirs, ours, fit = twice(
        classifier,
        X,
        CLASSES,
        epochs=20,
        shuffle=False,
        validation_split=0.3,
        callbacks=callbacks,
    )
    assert fit.reasons == []
    assert 2 < len(ours.history.epoch) < 20
    assert_same(theirs, ours)
    kept = keras.models.load_model(tmp_path / "model.keras")
    assert kept.optimizer.iterations == ours.optimizer.iterations


def test_callback_of_batches_is_served_by_keras_and_said_once() -> None:
    seen = []

    def callbacks() -> list[keras.callbacks.Callback]:
        return [
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: seen.append(batch)
            )
        ]

    _, _, fit = twice(classifier, X, CLASSES, callbacks=callbacks, batch_size=25)
    assert seen == [0, 1, 0, 1]
    assert fit.reasons == ["LambdaCallback is called after each batch"]


@pytest.mark.slow
def test_data_that_are_no_arrays_are_served_by_keras() -> None:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X, CLASSES)).batch(10)
    theirs, ours, fit = twice(classifier, data, shuffle=False)
    assert_same(theirs, ours)
    assert "not arrays of numbers" in fit.reasons[0]


def test_models_of_one_structure_share_their_epochs_and_keep_their_weights() -> None:
    fit = CompiledFit()
    with fit.installed():
        models = [penalized_regressor(rate) for rate in (0.1, 0.01)]
        for model in models:
            model.fit(X, NUMBERS, epochs=2, verbose=0)
        first = [w.copy() for w in models[0].get_weights()]
        fit.release()
        keras.utils.set_random_seed(1)
        later = penalized_regressor(0.5)
        later.fit(X, NUMBERS, epochs=2, verbose=0)
    with CompiledFit().installed():
        keras.utils.set_random_seed(1)
        alone = penalized_regressor(0.5)
        alone.fit(X, NUMBERS, epochs=2, verbose=0)
    assert float(later.optimizer.learning_rate) == 0.5
    np.testing.assert_array_equal(later.get_weights()[0], alone.get_weights()[0])
    np.testing.assert_array_equal(models[0].get_weights()[0], first[0])


@pytest.mark.slow
def test_model_that_is_fitted_again_goes_on() -> None:
    def build() -> keras.Model:
        model = classifier()
        model.fit(X, CLASSES, epochs=1, shuffle=False, verbose=0)
        return model

    theirs, ours, _ = twice(build, X, CLASSES, epochs=2, shuffle=False)
    assert_same(theirs, ours)
    assert ours.optimizer.iterations == 6


def test_keras_has_its_own_fit_back_afterwards() -> None:
    before = keras.Model.fit
    with CompiledFit().installed():
        assert keras.Model.fit is not before
    assert keras.Model.fit is before
