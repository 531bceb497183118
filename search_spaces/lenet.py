"""LeNet: the convolutional network for handwritten digits."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes

WIDENING = (1, 8 / 3, 20 / 3)
"""Ratios of the convolutions' filters to those of the first; LeNet-5 has 6, then 16."""

LARGE_ENOUGH = (32, 6)
"""Minimum side of what each convolution takes without padding in the layout of 1998."""


class LeNet(Family):
    """Three or two convolutions, two poolings, dense layers of 120 and 84 units.

    In the layout ``padded`` there are three convolutions, padded unlike those of the
    paper, so that images of 4 pixels a side are large enough. In the layout ``1998``
    there are two without padding; the first pads images of less than 32 pixels, as the
    paper does with digits of 28, and the second pads images of less than 12.

    The size ``paper`` is LeNet-5, in which only the training is searched: 61,706
    parameters on digits of 28 pixels. Unlike in the paper all filters of the second
    convolution see all of the first, poolings have no weights, and the outputs are
    probabilities instead of distances.

    Reference: LeCun et al. 1998, "Gradient-based learning applied to document
    recognition".
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {"filters": Range("12,24,36,48", 24)},
        PAPER: {
            "layout": Range("1998"),
            "filters": Range("6"),
            "kernel_size": Range("5"),
            "activation": Range("tanh"),
            "pooling": Range("average"),
            "dropout": Range("0"),
            "batch_normalization": Range("false"),
            "augmentation": Range("off"),
        },
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("layout", ["padded", "1998"])
        hp.Choice("filters", [6, 12, 18, 24], default=12)
        hp.Choice("kernel_size", [3, 5], default=5)
        hp.Choice("activation", ["relu", "tanh"], default="relu")
        hp.Choice("pooling", ["average", "max"], default="average")
        blocks.declare_dropout(hp, default=0.2)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, learning_rate=3e-3)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        activation = hp.get("activation")
        x = images
        for index in (0, 1):
            x = _pooling(hp)(_convolution(hp, x, index))
        if hp.get("layout") == "padded":
            x = _convolution(hp, x, 2)
        x = keras.layers.Flatten()(x)
        for units in (120, 84):
            x = blocks.dense(hp, x, units, activation)
            x = blocks.dropout(hp, x)
        return x


def _convolution(hp: keras_tuner.HyperParameters, x: Any, index: int) -> Any:
    """Build a convolution and its activation.

    Args:
        hp: Holds the hyperparameters of the family.
        x: ``(batch, height, width, channels)``.
        index: Number of the convolution, from 0.
    """
    is_padded = hp.get("layout") == "padded" or min(x.shape[1:3]) < LARGE_ENOUGH[index]
    return blocks.convolution(
        hp,
        x,
        round(hp.get("filters") * WIDENING[index]),
        hp.get("kernel_size"),
        hp.get("activation"),
        padding="same" if is_padded else "valid",
    )


def _pooling(hp: keras_tuner.HyperParameters) -> keras.layers.Layer:
    if hp.get("pooling") == "max":
        return keras.layers.MaxPooling2D(2)
    return keras.layers.AveragePooling2D(2)
