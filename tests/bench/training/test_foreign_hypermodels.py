"""Hypermodels and build functions of other projects are trained as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.datasets import Task
from bench.training.request import FinalRequest

MODELS = {
    "build function": ("def build(hp): return compiled()", "build"),
    "lambda": ("build = lambda hp: compiled()", "build"),
    "class": (
        """
        class Mine(keras_tuner.HyperModel):
            def build(self, hp):
                return compiled()
        """,
        "Mine",
    ),
    "class that asks for the task": (
        """
        class Mine(keras_tuner.HyperModel):
            def __init__(self, input_shape, classes):
                super().__init__()
                self.known = input_shape, classes

            def build(self, hp):
                shape, classes = self.known
                return compiled(layers(classes, shape=shape))
        """,
        "Mine",
    ),
    "instance": (
        """
        class Mine(keras_tuner.HyperModel):
            def __init__(self, units):
                super().__init__()
                self.units = units

            def build(self, hp):
                return compiled(layers(self.units))

        mine = Mine(3)
        """,
        "mine",
    ),
    "logits": (
        """
        def build(hp):
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            return compiled(layers(activation=None), loss)
        """,
        "build",
    ),
    "one-hot loss": (
        "def build(hp): return compiled(loss=keras.losses.CategoricalCrossentropy())",
        "build",
    ),
    "loss by its class's name": (
        "def build(hp): return compiled(loss='SparseCategoricalCrossentropy')",
        "build",
    ),
    "no Input": (
        """
        def build(hp):
            return compiled(keras.Sequential([
                keras.layers.Flatten(),
                keras.layers.Dense(3, activation="softmax"),
            ]))
        """,
        "build",
    ),
    "subclass of Model": (
        """
        class Mine(keras.Model):
            def __init__(self):
                super().__init__()
                self.all = layers()

            def call(self, x):
                return self.all(x)

        def build(hp):
            return compiled(Mine(), loss="categorical_crossentropy")
        """,
        "build",
    ),
    "loss as a lambda": (
        """
        def build(hp):
            loss = keras.losses.sparse_categorical_crossentropy
            return compiled(loss=lambda y, p: loss(y, p))
        """,
        "build",
    ),
    "focal loss and F1 score": (
        """
        def focal(y, p):
            return -keras.ops.sum(y * (1 - p) * keras.ops.log(p), -1)

        def build(hp):
            model = layers()
            metrics = ["accuracy", keras.metrics.F1Score()]
            model.compile(keras.optimizers.Adam(0.02), focal, metrics=metrics)
            return model
        """,
        "build",
    ),
    "layers that act in training": (
        """
        def build(hp):
            l2 = keras.regularizers.L2(1e-4)
            return compiled(keras.Sequential([
                keras.Input((8, 8, 1)),
                keras.layers.RandomFlip("horizontal"),
                keras.layers.GaussianNoise(0.01),
                keras.layers.SpatialDropout2D(0.01),
                keras.layers.Flatten(),
                keras.layers.ActivityRegularization(1e-4),
                keras.layers.Dense(
                    3, activation="softmax", kernel_regularizer=l2,
                    kernel_constraint=keras.constraints.MaxNorm(4),
                ),
            ]))
        """,
        "build",
    ),
    "frozen base": (
        """
        def build(hp):
            base = keras.Sequential([
                keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(32)
            ])
            base.trainable = False
            model = keras.Sequential([base, keras.layers.Dense(3, "softmax")])
            return compiled(model, rate=0.02)
        """,
        "build",
    ),
    "tf.keras": (
        """
        import tensorflow as tf

        def build(hp):
            model = tf.keras.Sequential([
                tf.keras.Input((8, 8)),
                tf.keras.layers.Flatten(),
                tf.keras.layers.Dense(3, activation=tf.nn.softmax),
            ])
            rate = tf.keras.optimizers.schedules.CosineDecay(0.03, 100)
            optimizer = tf.keras.optimizers.Adam(rate, clipnorm=1.0)
            loss = tf.keras.losses.SparseCategoricalCrossentropy()
            model.compile(optimizer, loss, metrics=["accuracy"])
            return model
        """,
        "build",
    ),
    "mixed precision": (
        """
        def build(hp):
            keras.mixed_precision.set_global_policy("mixed_float16")
            dense = keras.layers.Dense(3, activation="softmax", dtype="float32")
            model = keras.Sequential(
                [keras.Input((8, 8, 1)), keras.layers.Flatten(), dense]
            )
            return compiled(model, rate=0.02)
        """,
        "build",
    ),
}


@pytest.mark.parametrize(("body", "name"), MODELS.values(), ids=MODELS)
def test_foreign_hypermodel_learns(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    body: str,
    name: str,
) -> None:
    epochs = collector()
    result = make_runner(write_family(body, name), stripes)(
        make_request(epochs=3), epochs
    )
    assert result.error is None, result.traceback
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert result.metrics["validation_accuracy"] > 0.6
    assert result.metrics["validation_log_loss"] < 1
    assert result.metrics["loss"] < 1


WITHOUT_INPUT = ["no Input", "subclass of Model"]


@pytest.mark.parametrize("case", WITHOUT_INPUT)
def test_seeds_of_a_model_without_input_share_a_compiled_model(
    make_runner: Callable,
    stripes: Task,
    write_family: Callable,
    collector: type,
    case: str,
) -> None:
    runner = make_runner(write_family(*MODELS[case]), stripes)
    again = make_runner(write_family(*MODELS[case]), stripes)
    requests = [
        FinalRequest(hyperparameters={}, seed=seed, epochs=3, patience=3)
        for seed in (0, 1)
    ]
    first, second = (runner(request, collector()).record for request in requests)
    alone = again(requests[1], collector()).record
    assert second.metrics == alone.metrics
    assert first.metrics != second.metrics


@pytest.mark.parametrize("from_logits", [False, True])
def test_single_output_separates_two_classes(
    make_runner: Callable,
    make_stripes: Callable,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    from_logits: bool,
) -> None:
    build = f"""
    def build(hp):
        loss = keras.losses.BinaryCrossentropy(from_logits={from_logits})
        return compiled(layers(1, None if {from_logits} else "sigmoid"), loss)
    """
    two = make_stripes(classes=2)
    result = make_runner(write_family(build), two)(make_request(epochs=3), collector())
    assert result.error is None, result.traceback
    assert result.metrics["validation_accuracy"] > 0.8
    assert result.metrics["validation_log_loss"] < 0.6


@pytest.mark.slow
def test_resnet_of_keras_tuner_trains_an_epoch(
    make_runner: Callable,
    make_stripes: Callable,
    make_request: Callable,
    collector: type,
) -> None:
    colour = make_stripes(shape=(32, 32, 3), count=60)
    resnet = make_runner("keras_tuner.applications:HyperResNet", colour)
    result = resnet(make_request(epochs=1), collector())
    assert result.error is None, result.traceback
    assert result.parameters > 1_000_000


def test_resnet_of_keras_tuner_builds_for_the_task(
    make_runner: Callable, make_stripes: Callable
) -> None:
    import keras_tuner

    colour = make_stripes(shape=(32, 32, 3), count=60)
    resnet = make_runner("keras_tuner.applications:HyperResNet", colour)
    model = resnet.trainer.source.hypermodel.build(keras_tuner.HyperParameters())
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 3))
    assert resnet.trainer.inputs.images.task.train.images.max() <= 1
