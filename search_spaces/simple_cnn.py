"""Simple CNN: a small convolutional network."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training
from search_spaces.parts.sizes import BASE, Range, Sizes


class SimpleCNN(Family):
    """Two convolutions, each followed by pooling, and a hidden dense layer.

    Reference: LeCun et al. 1998, "Gradient-based learning applied to document
    recognition", whose LeNet-5 has a further dense layer.
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {
            "filters_1": Range("24,32,48,64", 32),
            "filters_2": Range("48,64,96,128", 64),
            "dense_units": Range("100,200,400", 200),
        }
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters_1", [6, 12, 24, 32], default=12)
        hp.Choice("filters_2", [12, 24, 48, 64], default=24)
        hp.Choice("kernel_1", [3, 5], default=3)
        hp.Choice("kernel_2", [3, 4, 5, 6], default=6)
        hp.Choice("dense_units", [50, 100, 200], default=100)
        blocks.declare_dropout(hp, default=0.2)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, learning_rate=3e-3)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = images
        for layer in (1, 2):
            filters, kernel = hp.get(f"filters_{layer}"), hp.get(f"kernel_{layer}")
            x = blocks.convolution(hp, x, filters, kernel)
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dense(hp, keras.layers.Flatten()(x), hp.get("dense_units"))
        return blocks.dropout(hp, x)
