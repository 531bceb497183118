"""VGG: a deep network of small filters."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks

MAX_BLOCKS = 5
MAX_FILTERS = 512


class VGG(Family):
    """Blocks of 3x3 convolutions, each followed by pooling that halves the image.

    Each block has twice the filters of the one before. The number of blocks is limited
    so that the last pooling leaves at least 2 pixels a side, or 1 for images smaller
    than 8. Batch normalization, which is searched, is not in the paper.

    Reference: Simonyan & Zisserman 2015, "Very deep convolutional networks for
    large-scale image recognition".
    """

    min_side = 4

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        max_blocks = _max_blocks(min(self.task.image_shape[:2]))
        hp.Int("blocks", 1, max_blocks, default=min(3, max_blocks))
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
            filters = min(hp.get("filters") * 2**block, MAX_FILTERS)
            for _ in range(hp.get("convolutions")):
                x = blocks.convolution(hp, x, filters)
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dropout(hp, keras.layers.Flatten()(x))
        x = blocks.dense(hp, x, hp.get("dense_units"))
        return blocks.dropout(hp, x)


def _max_blocks(side: int) -> int:
    return max(1, min(MAX_BLOCKS, side.bit_length() - 2))
