"""What the guides of Keras Tuner show, each as a search with a given ``keras_tuner``.

They are written by its public interface, as users write: with the module as the only
thing that changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

Data = tuple[np.ndarray, np.ndarray]


def _classifier(units: int, rate: float, activation: str = "relu") -> keras.Model:
    model = keras.Sequential(
        [
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation=activation),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def getting_started(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A function ``build(hp)`` with all kinds of hyperparameters."""

    def build(hp: Any) -> keras.Model:
        model = keras.Sequential([keras.layers.Flatten()])
        for i in range(hp.Int("num_layers", 1, 3)):
            units = hp.Int(f"units_{i}", min_value=32, max_value=96, step=32)
            activation = hp.Choice("activation", ["relu", "tanh"])
            model.add(keras.layers.Dense(units, activation=activation))
        if hp.Boolean("dropout"):
            model.add(keras.layers.Dropout(rate=0.25))
        model.add(keras.layers.Dense(10, activation="softmax"))
        rate = hp.Float("lr", min_value=1e-3, max_value=1e-1, sampling="log")
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate=rate),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    tuner = keras_tuner.RandomSearch(
        hypermodel=build,
        objective="val_accuracy",
        max_trials=6,
        executions_per_trial=2,
        overwrite=True,
        directory=folder,
        project_name="getting_started",
        seed=3,
    )
    x, y = digits
    tuner.search(x[:150], y[:150], epochs=2, validation_data=(x[150:], y[150:]))
    return tuner


def tuned_training(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A HyperModel whose ``fit`` has a hyperparameter of its own."""

    class Tuned(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> keras.Model:
            return _classifier(hp.Int("units", 32, 128, step=32), 0.01)

        def fit(
            self, hp: Any, model: keras.Model, x: Any, y: Any, **kwargs: Any
        ) -> Any:
            if hp.Boolean("normalize"):
                x = keras.layers.Normalization()(x)
            return model.fit(x, y, shuffle=hp.Boolean("shuffle"), **kwargs)

    tuner = keras_tuner.RandomSearch(
        Tuned(),
        objective="val_accuracy",
        max_trials=4,
        directory=folder,
        project_name="tuned_training",
        seed=1,
    )
    tuner.search(*digits, epochs=2, validation_split=0.25)
    return tuner


class MeanAbove(keras.metrics.Metric):
    """A metric of the user's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(keras.ops.mean(keras.ops.cast(y_pred > 0, "float32")))

    def result(self) -> Any:
        return self.total


def own_metric(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """Regression on vectors, with a metric of one's own as the objective."""

    def build(hp: Any) -> keras.Model:
        model = keras.Sequential(
            [
                keras.layers.Dense(hp.Int("units", 8, 32, step=8), activation="relu"),
                keras.layers.Dense(1),
            ]
        )
        model.compile(optimizer="adam", loss="mse", metrics=[MeanAbove(name="above")])
        return model

    tuner = keras_tuner.RandomSearch(
        build,
        objective=keras_tuner.Objective("val_above", direction="min"),
        max_trials=3,
        directory=folder,
        project_name="own_metric",
        seed=2,
    )
    rng = np.random.default_rng(0)
    x, y = rng.random((100, 10)), rng.random((100, 1))
    tuner.search(x, y, validation_data=(x[:20], y[:20]), epochs=2)
    return tuner


def returns_a_number(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A ``fit`` that evaluates in its own way, and returns the objective."""

    class Evaluated(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> keras.Model:
            return _classifier(hp.Int("units", 32, 128, step=32), 0.01)

        def fit(
            self,
            hp: Any,
            model: keras.Model,
            x: Any,
            y: Any,
            validation_data: Any,
            **kwargs: Any,
        ) -> float:
            model.fit(x, y, **kwargs)
            x_val, y_val = validation_data
            wrong = model.predict(x_val, verbose=0).argmax(axis=1) != y_val
            return float(wrong.mean())

    tuner = keras_tuner.RandomSearch(
        Evaluated(), max_trials=3, directory=folder, project_name="number", seed=4
    )
    tuner.search(*digits, validation_data=digits, epochs=2)
    return tuner


def own_loop(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A training loop with a gradient tape, which calls the callbacks itself."""
    import tensorflow as tf

    class Looped(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> keras.Model:
            inputs = keras.Input((8, 8))
            hidden = keras.layers.Flatten()(inputs)
            units = hp.Choice("units", [16, 32, 64])
            hidden = keras.layers.Dense(units, activation="relu")(hidden)
            return keras.Model(inputs, keras.layers.Dense(10)(hidden))

        def fit(
            self,
            hp: Any,
            model: keras.Model,
            x: Any,
            y: Any,
            callbacks: Any = None,
            **kwargs: Any,
        ) -> float:
            size = hp.Int("batch_size", 20, 60, step=20, default=40)
            batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(size)
            optimizer = keras.optimizers.Adam(
                hp.Float("rate", 1e-3, 1e-1, sampling="log")
            )
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            mean = keras.metrics.Mean()
            for callback in callbacks:
                callback.set_model(model)
            best = float("inf")
            for epoch in range(2):
                for images, labels in batches:
                    with tf.GradientTape() as tape:
                        value = loss(labels, model(images, training=True))
                    gradients = tape.gradient(value, model.trainable_variables)
                    optimizer.apply_gradients(
                        zip(gradients, model.trainable_variables, strict=True)
                    )
                    mean.update_state(value)
                result = float(mean.result())
                for callback in callbacks:
                    callback.on_epoch_end(epoch, logs={"my_metric": result})
                mean.reset_state()
                best = min(best, result)
            return best

    tuner = keras_tuner.RandomSearch(
        Looped(),
        objective=keras_tuner.Objective("my_metric", "min"),
        max_trials=3,
        directory=folder,
        project_name="own_loop",
        seed=5,
    )
    tuner.search(*digits)
    return tuner


def tailored(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """Some hyperparameters of an existing hypermodel, and another way to compile."""

    def build(hp: Any) -> keras.Model:
        rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        return _classifier(
            hp.Int("units", 16, 64, step=16), rate, hp.Choice("f", ["relu"])
        )

    hp = keras_tuner.HyperParameters()
    hp.Choice("learning_rate", values=[1e-1, 1e-2, 1e-3])
    tuner = keras_tuner.RandomSearch(
        build,
        hyperparameters=hp,
        tune_new_entries=False,
        objective="val_sparse_categorical_accuracy",
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["sparse_categorical_accuracy"],
        max_trials=3,
        directory=folder,
        project_name="tailored",
        seed=6,
    )
    tuner.search(*digits, epochs=2, validation_data=digits)
    return tuner


def visualized(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """TensorBoard as a callback."""

    def build(hp: Any) -> keras.Model:
        return _classifier(hp.Choice("units", [16, 32]), 0.01)

    tuner = keras_tuner.GridSearch(
        build,
        objective="val_accuracy",
        directory=folder,
        project_name="visualized",
    )
    logs = keras.callbacks.TensorBoard(folder / "logs")
    tuner.search(*digits, validation_split=0.2, epochs=2, callbacks=[logs])
    assert list((folder / "logs").glob("*/execution0/validation/*"))
    return tuner


def failed_trials(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """Models that are refused, and models that can't be built."""

    def build(hp: Any) -> keras.Model:
        units = hp.Choice("units", [16, 32, 64, 128])
        if units == 64:
            raise keras_tuner.errors.FailedTrialError("too many units")
        if units == 128:
            raise ValueError("no such model")
        return _classifier(units, 0.01)

    tuner = keras_tuner.GridSearch(
        build,
        objective="val_accuracy",
        max_retries_per_trial=1,
        max_consecutive_failed_trials=3,
        directory=folder,
        project_name="failed_trials",
    )
    tuner.search(*digits, validation_split=0.2, epochs=1)
    return tuner


def own_tuner(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A tuner whose ``run_trial`` searches the batch size."""

    class OwnTuner(keras_tuner.BayesianOptimization):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            hp = trial.hyperparameters
            kwargs["batch_size"] = hp.Int("batch_size", 16, 64, step=16)
            return super().run_trial(trial, *args, **kwargs)

    def build(hp: Any) -> keras.Model:
        return _classifier(hp.Choice("units", [16, 32]), 0.01)

    tuner = OwnTuner(
        build,
        objective="val_loss",
        max_trials=3,
        directory=folder,
        project_name="own_tuner",
        seed=7,
    )
    tuner.search(*digits, validation_split=0.2, epochs=2)
    return tuner


def black_box(keras_tuner: Any, folder: Path, digits: Data) -> Any:
    """A tuner of any function."""

    class OwnTuner(keras_tuner.RandomSearch):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            x = trial.hyperparameters.Float("x", min_value=-1.0, max_value=1.0)
            return float(x * x + 1)

    tuner = OwnTuner(
        max_trials=5, directory=folder, project_name="black_box", seed=8, overwrite=True
    )
    tuner.search()
    return tuner


GUIDES = {
    guide.__name__: guide
    for guide in (
        getting_started,
        tuned_training,
        own_metric,
        returns_a_number,
        own_loop,
        tailored,
        visualized,
        failed_trials,
        own_tuner,
        black_box,
    )
}
