"""CNN: a plain convolutional network as courses teach it."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks
from search_spaces.parts.sizes import BASE, Range, Sizes


class CNN(Family):
    """Four convolutions with three poolings, and two hidden dense layers.

    The layers are Conv-Pool-Conv-Pool-Conv-Conv-Pool-Dense-Dense. The number of
    filters doubles after each pooling, as in Simonyan & Zisserman 2015.

    Reference: LeCun et al. 1989, "Backpropagation applied to handwritten zip code
    recognition", for convolutional networks trained by gradient descent.
    """

    min_side = 8
    sizes: ClassVar[Sizes] = {
        BASE: {
            "filters": Range("32,48,64,96", 64),
            "dense_units": Range("128,256,512", 256),
        }
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("filters", [16, 24, 32, 48], default=32)
        hp.Choice("dense_units", [64, 128, 256], default=128)
        blocks.declare_dropout(hp, default=0.3)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = images
        for block, convolutions in enumerate((1, 1, 2)):
            for _ in range(convolutions):
                x = blocks.convolution(hp, x, hp.get("filters") * 2**block)
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dropout(hp, keras.layers.Flatten()(x))
        for units in (hp.get("dense_units"), hp.get("dense_units") // 2):
            x = blocks.dropout(hp, blocks.dense(hp, x, units))
        return x
