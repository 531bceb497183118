"""Five convolutions and three dense layers: what AlexNet and ZFNet share."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.parts import augmentation, blocks

LARGE = 64
"""Pixels a side from which the first convolution takes every other pixel."""

WIDENING = (1, 8 / 3, 4, 4, 8 / 3)
"""Filters of the convolutions by the first's: 96, 256, 384, 384, 256 of old."""

POOLED = (0, 1, 4)
"""Convolutions that a pooling follows."""

SMALLEST_SIDE = 2 ** len(POOLED)


def declare(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice("width", [12, 24, 36, 48], default=24)
    hp.Choice("dense_units", [128, 256, 512], default=256)
    blocks.declare_dropout(hp, default=0.4)
    blocks.declare_initializer(hp)
    blocks.declare_batch_normalization(hp)
    augmentation.declare(hp)


def features(
    hp: keras_tuner.HyperParameters, x: Any, *, first: int, second: int, pool: int
) -> Any:
    """Lay the convolutions and the two hidden dense layers.

    Args:
        hp: Holds what ``declare`` declared.
        x: ``(batch, height, width, channels)``.
        first: Side of the first kernel, on small images; 7 on large ones.
        second: Side of the second one; the others' are 3.
        pool: Side of what is pooled, every other pixel.
    """
    is_large = min(x.shape[1:3]) >= LARGE
    kernels = (7 if is_large else first, second, 3, 3, 3)
    for index, (widening, kernel) in enumerate(zip(WIDENING, kernels, strict=True)):
        strides = 2 if is_large and index == 0 else 1
        filters = round(hp.get("width") * widening)
        x = blocks.convolution(hp, x, filters, kernel, strides=strides)
        if index in POOLED:
            x = keras.layers.MaxPooling2D(pool, 2, padding="same")(x)
    x = keras.layers.Flatten()(x)
    for _ in range(2):
        x = blocks.dense(hp, blocks.dropout(hp, x), hp.get("dense_units"))
    return x
