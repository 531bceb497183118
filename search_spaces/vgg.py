"""VGG: depth from small filters alone."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks

MOST_BLOCKS = 5
MOST_FILTERS = 512


class VGG(Family):
    """Blocks of 3x3 convolutions, each halving the image and doubling the filters.

    The number of blocks is bounded so that the last pooling leaves at least 2
    pixels a side, or 1 where the images are smaller than 8.

    Reference: Simonyan & Zisserman 2015, "Very deep convolutional networks for
    large-scale image recognition"; batch normalization is a later habit.
    """

    smallest_side = 4

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        most = _most_blocks(min(self.task.image_shape[:2]))
        hp.Int("blocks", 1, most, default=min(3, most))
        hp.Int("convolutions", 1, 2, default=2)
        hp.Choice("filters", [16, 24, 32], default=24)
        hp.Choice("dense_units", [64, 128, 256, 512], default=128)
        blocks.declare_dropout(hp, default=0.3)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = images
        for block in range(hp.get("blocks")):
            filters = min(hp.get("filters") * 2**block, MOST_FILTERS)
            for _ in range(hp.get("convolutions")):
                x = blocks.convolution(hp, x, filters)
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dropout(hp, keras.layers.Flatten()(x))
        x = blocks.dense(hp, x, hp.get("dense_units"))
        return blocks.dropout(hp, x)


def _most_blocks(side: int) -> int:
    return max(1, min(MOST_BLOCKS, side.bit_length() - 2))
