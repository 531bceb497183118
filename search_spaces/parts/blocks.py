"""Blocks of layers that families share, and the hyperparameters that go with them."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.parts.layers import Dropout, StochasticDepth
from search_spaces.parts.normalization import BatchNormalization

NORMALIZATION_MOMENTUM = 0.9
"""Momentum of the moving statistics. Keras' default, 0.99, needs hundreds of steps to
forget their initial values: on digits VGG had a validation accuracy of 0.68 after two
epochs, and 0.96 with this momentum."""

FREE = frozenset(
    {
        "averaging",
        "batch_size",
        "class_weights",
        "discriminator_learning_rate",
        "dropout",
        "flip",
        "generator_learning_rate",
        "kernel_initializer",
        "label_smoothing",
        "learning_rate",
        "momentum",
        "sgd_learning_rate",
        "stochastic_depth",
        "weight_decay",
    }
)
"""Names of the hyperparameters in which models of one structure may differ.

A schedule is none of them: at a constant learning rate weights are averaged."""


def scale(images: Any, pixel_range: tuple[float, float]) -> Any:
    """Map pixels from their range to [-1, 1], in single precision."""
    low, high = pixel_range
    factor = 2 / (high - low)
    layer = keras.layers.Rescaling(factor, offset=-1 - low * factor, dtype="float32")
    return layer(images)


def declare_steps(
    hp: keras_tuner.HyperParameters,
    name: str,
    low: float,
    high: float,
    step: float,
    default: float,
) -> None:
    """Declare a number with a step, both ends included.

    Keras Tuner leaves out the upper end if rounding falls short of it: in its
    arithmetic 0.3 holds two steps of 0.1.
    """
    hp.Float(name, low, high + 1e-9, step=step, default=default)


def declare_dropout(
    hp: keras_tuner.HyperParameters, default: float, high: float = 0.6
) -> None:
    declare_steps(hp, "dropout", 0.0, high, 0.1, default)


def declare_initializer(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice(
        "kernel_initializer",
        ["he_normal", "he_uniform", "glorot_uniform", "orthogonal"],
        default="he_normal",
    )


def declare_batch_normalization(
    hp: keras_tuner.HyperParameters, default: bool = True
) -> None:
    hp.Boolean("batch_normalization", default=default)


def declare_stochastic_depth(
    hp: keras_tuner.HyperParameters, default: float = 0.0
) -> None:
    """Declare the probability that the last residual branch is dropped."""
    declare_steps(hp, "stochastic_depth", 0.0, 0.3, 0.1, default)


def convolution(
    hp: keras_tuner.HyperParameters,
    x: Any,
    filters: int,
    kernel: int = 3,
    activation: str = "relu",
    **options: Any,
) -> Any:
    """Build a convolution, optional batch normalization and an activation.

    Args:
        hp: Holds ``kernel_initializer`` and ``batch_normalization``.
        x: ``(batch, height, width, channels)``.
        filters: Number of filters.
        kernel: Side of the kernel.
        activation: Name of the activation.
        options: Further arguments of ``Conv2D``, which pads unless they say otherwise.
    """
    options = {"padding": "same", **options, **_kernel(hp)}
    return _activated(
        hp, keras.layers.Conv2D(filters, kernel, **options)(x), activation
    )


def dense(
    hp: keras_tuner.HyperParameters, x: Any, units: int, activation: str = "relu"
) -> Any:
    """Build a dense layer, optional batch normalization and an activation."""
    return _activated(hp, keras.layers.Dense(units, **_kernel(hp))(x), activation)


def dropout(hp: keras_tuner.HyperParameters, x: Any) -> Any:
    return Dropout(hp.get("dropout"))(x)


def normalization(x: Any) -> Any:
    return BatchNormalization(momentum=NORMALIZATION_MOMENTUM)(x)


def stochastic_depth(hp: keras_tuner.HyperParameters, x: Any, depth: float) -> Any:
    """Drop a residual branch at random, with a probability that grows with its depth.

    Args:
        hp: Holds ``stochastic_depth``, the probability for the last branch.
        x: Output of the branch.
        depth: Depth of the branch as a share of the network's; 1 for the last branch.
    """
    return StochasticDepth(hp.get("stochastic_depth") * depth)(x)


def squeeze_excitation(x: Any, ratio: int = 4) -> Any:
    """Weight each channel by a number that is computed from the means of all channels.

    Args:
        x: ``(batch, height, width, channels)``.
        ratio: Ratio of the channels to the units between; there are at least 4 units.

    Reference: Hu et al. 2018, "Squeeze-and-excitation networks".
    """
    channels = x.shape[-1]
    weights = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = keras.layers.Conv2D(max(4, channels // ratio), 1, activation="relu")(
        weights
    )
    weights = keras.layers.Conv2D(channels, 1, activation="sigmoid")(weights)
    return keras.layers.Multiply()([x, weights])


def _kernel(hp: keras_tuner.HyperParameters) -> dict[str, Any]:
    return {
        "kernel_initializer": hp.get("kernel_initializer"),
        # Batch normalization has a bias of its own.
        "use_bias": not hp.get("batch_normalization"),
    }


def _activated(hp: keras_tuner.HyperParameters, x: Any, activation: str) -> Any:
    if hp.get("batch_normalization"):
        x = normalization(x)
    return keras.layers.Activation(activation)(x)
