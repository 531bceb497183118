"""VGG: a deep network of small filters."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks
from search_spaces.parts.sizes import BASE, DRAWN, PAPER, Range, Sizes

MAX_BLOCKS = 5
MAX_FILTERS = 512

FIRST_BLOCKS = 2
"""Number of blocks without the further convolutions that later blocks may have."""


class VGG(Family):
    """Blocks of 3x3 convolutions, each followed by pooling that halves the image.

    Each block has twice the filters of the one before. The number of blocks is limited
    so that the last pooling leaves at least 2 pixels a side, or 1 for images smaller
    than 8. Batch normalization, which is searched, is not in the paper.

    The size ``paper`` holds the paper's configurations A, B, D and E on small images:
    64 filters in the first block, up to 512; 1 to 4 convolutions a block, where the
    first two have fewer than the others in D and E; hidden layers of up to 4,096 units.
    Its default is D, known as VGG-16, with as many of the five blocks as images allow.

    Reference: Simonyan & Zisserman 2015, "Very deep convolutional networks for
    large-scale image recognition", table 1.
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {
            "filters": Range("32,48,64", 48),
            "more_convolutions": Range("0..1"),
            "dense_units": Range("256,512,1024", 512),
            "dense_layers": Range("1..2"),
        },
        PAPER: {
            "blocks": Range(None, MAX_BLOCKS),
            "filters": Range("64"),
            "more_convolutions": Range("0..2", 1),
            "dense_units": Range("1024,2048,4096", 4096),
            "dense_layers": Range("1..2", 2),
            "kernel_initializer": DRAWN,
        },
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        max_blocks = _max_blocks(min(self.task.image_shape[:2]))
        hp.Int("blocks", 1, max_blocks, default=min(3, max_blocks))
        hp.Int("convolutions", 1, 2, default=2)
        hp.Fixed("more_convolutions", 0)
        hp.Choice("filters", [16, 24, 32], default=24)
        hp.Choice("dense_units", [64, 128, 256, 512], default=128)
        hp.Fixed("dense_layers", 1)
        blocks.declare_dropout(hp, default=0.3)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)
        augmentation.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = images
        for block in range(hp.get("blocks")):
            filters = min(hp.get("filters") * 2**block, MAX_FILTERS)
            more = hp.get("more_convolutions") if block >= FIRST_BLOCKS else 0
            for _ in range(hp.get("convolutions") + more):
                x = blocks.convolution(hp, x, filters)
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dropout(hp, keras.layers.Flatten()(x))
        for _ in range(hp.get("dense_layers")):
            x = blocks.dropout(hp, blocks.dense(hp, x, hp.get("dense_units")))
        return x


def _max_blocks(side: int) -> int:
    return max(1, min(MAX_BLOCKS, side.bit_length() - 2))
