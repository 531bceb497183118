"""Steps that an author wrote train in compiled epochs as in Keras' own ``fit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench.datasets import Task
from bench.training.compiled.cache import CompiledModelCache
from bench.training.compiled.keras_fit import KerasFitModel
from bench.training.compiled.tensorflow_epochs import TensorFlowModel
from bench.training.evaluators.classification import Classification

BATCH = 50


class LossOfImages(keras.Model):
    def compute_loss(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: Any = 1
    ) -> Any:
        assert training is not None
        loss = keras.losses.sparse_categorical_crossentropy(y, y_pred)
        return keras.ops.mean(loss * (1 + keras.ops.mean(x / 255)))


class LossOfCall(keras.Model):
    """Its loss needs what the call before it has kept."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        self.seen = keras.ops.mean(inputs / 255)
        return super().call(inputs, training=training)

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        return super().compute_loss(*args, **kwargs) * (1 + self.seen)


class OwnStep(keras.Model):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tracker = keras.metrics.Mean("mine")

    def train_step(self, data: Any) -> dict:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_weights, strict=True)
        )
        self.tracker.update_state(2 * loss)
        return {"twice": self.tracker.result(), "last": loss}


class OwnMetrics(keras.Model):
    def compute_metrics(self, *args: Any, **kwargs: Any) -> dict:
        return super().compute_metrics(*args, **kwargs) | {"one": keras.ops.ones(())}


def built(
    kind: type, metrics: list | tuple = ("accuracy",), loss: str = "sparse_"
) -> Any:
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(x))
    model = kind(inputs, x)
    loss = f"{loss}categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=list(metrics) or None)
    return model


CASES: dict[str, Callable[[], Any]] = {
    "loss of the images": lambda: built(LossOfImages),
    "loss of what a call kept": lambda: built(LossOfCall),
    "own training step": lambda: built(OwnStep, []),
    "own metrics": lambda: built(OwnMetrics),
    "F1 score of each class": lambda: built(
        keras.Model, ["accuracy", keras.metrics.F1Score()], ""
    ),
}


@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_compiled_epochs_equal_those_of_fit(build: Callable, stripes: Task) -> None:
    supervision = Classification(stripes)
    compiled = CompiledModelCache(supervision).take(build())
    assert isinstance(compiled, TensorFlowModel)
    plain = KerasFitModel(build(), supervision)
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(len(stripes.train))
        metrics = compiled.train_epoch(order, None, BATCH)
        assert metrics == pytest.approx(
            plain.train_epoch(order, None, BATCH), rel=1e-4, abs=1e-6
        )
    assert compiled.traces == 1
    for weight, expected in zip(
        compiled.model.get_weights(), plain.model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-5)


def test_own_prediction_step_predicts(stripes: Task) -> None:
    class Predicts(keras.Model):
        def predict_step(self, data: Any) -> Any:
            return 1 - super().predict_step(data)

    supervision = Classification(stripes)
    compiled = CompiledModelCache(supervision).take(built(Predicts))
    expected = 1 - compiled.model(stripes.validation.images).numpy()
    np.testing.assert_allclose(compiled.validate(), expected, atol=1e-6)


def test_mixed_precision_with_float32_outputs_is_predicted(stripes: Task) -> None:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(dtype="mixed_float16"),
            keras.layers.Dense(4, dtype="mixed_float16"),
            keras.layers.Dense(3, activation="softmax", dtype="float32"),
        ]
    )
    model.dtype_policy = keras.DTypePolicy("mixed_float16")
    model.compile("adam", "sparse_categorical_crossentropy")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    compiled = CompiledModelCache(Classification(stripes)).take(model)
    assert isinstance(compiled, TensorFlowModel)
    order = np.arange(len(stripes.train))
    first = compiled.train_epoch(order, None, BATCH)["loss"]
    assert compiled.train_epoch(order, None, BATCH)["loss"] < first
    assert compiled.validate().dtype == np.float32
