"""LeNet: the convolutional network for handwritten digits."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks

WIDENING = (1, 8 / 3, 20 / 3)
"""Ratios of the convolutions' filters to those of the first; LeNet-5 has 6, then 16."""


class LeNet(Family):
    """Three convolutions, two poolings, dense layers of 120 and 84 units.

    Convolutions are padded, unlike those of the paper, so that images of 4 pixels a
    side are large enough.

    Reference: LeCun et al. 1998, "Gradient-based learning applied to document
    recognition".
    """

    min_side = 4

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [6, 12, 18, 24], default=12)
        hp.Choice("kernel_size", [3, 5], default=5)
        hp.Choice("activation", ["relu", "tanh"], default="relu")
        hp.Choice("pooling", ["average", "max"], default="average")
        blocks.declare_dropout(hp, default=0.2)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        activation = hp.get("activation")
        x = images
        for index, widening in enumerate(WIDENING):
            if index:
                x = _pooling(hp)(x)
            filters = round(hp.get("filters") * widening)
            x = blocks.convolution(hp, x, filters, hp.get("kernel_size"), activation)
        x = keras.layers.Flatten()(x)
        for units in (120, 84):
            x = blocks.dense(hp, x, units, activation)
            x = blocks.dropout(hp, x)
        return x


def _pooling(hp: keras_tuner.HyperParameters) -> keras.layers.Layer:
    if hp.get("pooling") == "max":
        return keras.layers.MaxPooling2D(2)
    return keras.layers.AveragePooling2D(2)
