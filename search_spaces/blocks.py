"""Layers and hyperparameters that families share.

Two trials of one structure differ in weights only. So the dropout rate is a
weight here, where Keras' own layer writes it into the graph, and the schedule of
the learning rate is a list of values given from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras import ops

WARM_UP = 0.05
"""Share of a cosine schedule's steps in which the rate rises from 0."""

NORMALIZATION_MOMENTUM = 0.9
"""Keras' own 0.99 needs hundreds of steps to forget where it began: on digits VGG
validated at 0.68 after two epochs, at 0.96 with this."""


FREE = frozenset(
    {
        "batch_size",
        "dropout",
        "kernel_initializer",
        "learning_rate",
        "momentum",
        "schedule",
        "sgd_learning_rate",
        "weight_decay",
    }
)
"""Hyperparameters in which models of one structure may differ."""


@keras.saving.register_keras_serializable(package="search_spaces")
class Dropout(keras.layers.Layer):
    """Dropout whose rate is a weight, so that another rate needs no new program.

    Args:
        rate: Share of the inputs set to 0 in training, from 0 to below 1.
        seed: Of the masks; drawn from Keras' global seed where it is None.

    Reference: Srivastava et al. 2014, "Dropout".
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be at least 0 and below 1, not {rate}")
        self._initial_rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.rate = self.add_weight(
            name="rate",
            shape=(),
            initializer=keras.initializers.Constant(self._initial_rate),
            trainable=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        kept = 1 - ops.cast(self.rate, inputs.dtype)
        mask = keras.random.uniform(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator
        )
        return inputs * ops.cast(mask < kept, inputs.dtype) / kept

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rate": self._initial_rate,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization by TensorFlow's fused kernel, where there is one.

    Keras composes it of half a dozen passes over the activations; on two cores the
    fused one took 3.9 ms, not 10.8, forward and back for 64 images of 28x28x32.
    """

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        if not (training and self.trainable and _has_fused_kernel(inputs)):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        channels = inputs.shape[-1]
        # Features are images of one pixel to the kernel.
        is_flat = len(inputs.shape) == 2
        images = tf.reshape(inputs, (-1, 1, 1, channels)) if is_flat else inputs
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            images, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        # The kernel's variance is that of a sample, Keras' that of the batch itself.
        shrink = 1 - channels / tf.cast(tf.size(inputs), mean.dtype)
        _follow(self.moving_mean.value, mean, self.momentum)
        _follow(self.moving_variance.value, variance * shrink, self.momentum)
        return tf.reshape(outputs, (-1, channels)) if is_flat else outputs


def _has_fused_kernel(inputs: Any) -> bool:
    return keras.backend.backend() == "tensorflow" and len(inputs.shape) in (2, 4)


def _follow(moving: Any, value: Any, momentum: float) -> None:
    moving.assign_sub((moving - value) * (1 - momentum))


class LearningRates(keras.callbacks.Callback):
    """Sets the optimizer's learning rate before every step.

    Args:
        rates: ``(steps,)``; the last one stays where training goes on for longer.
    """

    def __init__(self, rates: Sequence[float] | np.ndarray) -> None:
        super().__init__()
        self._rates = rates
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        rate = self._rates[min(self._step, len(self._rates) - 1)]
        self.model.optimizer.learning_rate = rate
        self._step += 1


def scale(images: Any, pixel_range: tuple[float, float]) -> Any:
    """Map pixels from their range to [-1, 1]."""
    low, high = pixel_range
    factor = 2 / (high - low)
    return keras.layers.Rescaling(factor, offset=-1 - low * factor)(images)


def declare_dropout(hp: keras_tuner.HyperParameters, default: float) -> None:
    hp.Float("dropout", 0.0, 0.6, step=0.1, default=default)


def declare_initializer(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice(
        "kernel_initializer",
        ["he_normal", "he_uniform", "glorot_uniform", "orthogonal"],
        default="he_normal",
    )


def declare_batch_normalization(hp: keras_tuner.HyperParameters) -> None:
    hp.Boolean("batch_normalization", default=True)


def convolution(
    hp: keras_tuner.HyperParameters,
    x: Any,
    filters: int,
    kernel: int = 3,
    activation: str = "relu",
) -> Any:
    """A convolution of the same size, normalized if the trial says so, activated."""
    layer = keras.layers.Conv2D(filters, kernel, padding="same", **_kernel(hp))
    return _activated(hp, layer(x), activation)


def dense(
    hp: keras_tuner.HyperParameters, x: Any, units: int, activation: str = "relu"
) -> Any:
    """A dense layer, normalized if the trial says so, activated."""
    return _activated(hp, keras.layers.Dense(units, **_kernel(hp))(x), activation)


def dropout(hp: keras_tuner.HyperParameters, x: Any) -> Any:
    return Dropout(hp.get("dropout"))(x)


def declare_training(hp: keras_tuner.HyperParameters) -> None:
    """Declare what every family searches of its training.

    The learning rates that suit SGD lie an order of magnitude above those of the
    adaptive optimizers, hence its own range under its own name.
    """
    hp.Choice("optimizer", ["adam", "sgd", "rmsprop"], default="adam")
    with hp.conditional_scope("optimizer", ["adam", "rmsprop"]):
        hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("sgd_learning_rate", 3e-3, 0.3, sampling="log", default=0.03)
        hp.Float("momentum", 0.8, 0.98, step=0.02, default=0.9)
    hp.Choice("schedule", ["cosine", "constant"], default="cosine")
    hp.Float("weight_decay", 1e-5, 3e-2, sampling="log", default=1e-3)
    hp.Choice("batch_size", [32, 64, 128, 256], default=64)


def optimizer(hp: keras_tuner.HyperParameters) -> keras.optimizers.Optimizer:
    """The optimizer of a configuration, with decoupled weight decay on kernels.

    Reference: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """
    options = {"weight_decay": hp.get("weight_decay")}
    match hp.get("optimizer"):
        case "sgd":
            made = keras.optimizers.SGD(
                hp.get("sgd_learning_rate"),
                momentum=hp.get("momentum"),
                nesterov=True,
                **options,
            )
        case "rmsprop":
            made = keras.optimizers.RMSprop(hp.get("learning_rate"), **options)
        case _:
            made = keras.optimizers.Adam(hp.get("learning_rate"), **options)
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def learning_rates(hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
    """The learning rate of every step.

    Args:
        hp: Holds ``optimizer``, ``schedule`` and the optimizer's learning rate.
        steps: Of a full training, so that a trial cut short and promoted later
            goes on where it was.

    Returns:
        ``(steps,)``: constant, or a linear warm-up and half a cosine down to 0
        (Loshchilov & Hutter 2017, "SGDR", without restarts).
    """
    name = "learning_rate" if hp.get("optimizer") != "sgd" else "sgd_learning_rate"
    if hp.get("schedule") == "constant":
        return np.full(steps, hp.get(name))
    warm = max(1, round(WARM_UP * steps))
    step = np.arange(steps)
    rise = (step + 1) / warm
    fall = (1 + np.cos(np.pi * (step - warm) / max(1, steps - warm))) / 2
    return hp.get(name) * np.where(step < warm, rise, fall)


def jit_compile() -> bool | str:
    """Whether Keras should compile with XLA: on a CPU TensorFlow is faster without.

    XLA's convolutions took 2 to 4 times as long as oneDNN's there.
    """
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow

    return "auto" if tensorflow.config.list_physical_devices("GPU") else False


def _kernel(hp: keras_tuner.HyperParameters) -> dict[str, Any]:
    return {
        "kernel_initializer": hp.get("kernel_initializer"),
        # The normalization that follows has a bias of its own.
        "use_bias": not hp.get("batch_normalization"),
    }


def _activated(hp: keras_tuner.HyperParameters, x: Any, activation: str) -> Any:
    if hp.get("batch_normalization"):
        x = BatchNormalization(momentum=NORMALIZATION_MOMENTUM)(x)
    return keras.layers.Activation(activation)(x)
