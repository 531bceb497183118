"""The architecture of AlexNet and ZFNet: five convolutions and three dense layers."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.parts import augmentation, blocks

LARGE = 64
"""Minimum side of images, in pixels, for a first convolution with a stride of 2."""

WIDENING = (1, 8 / 3, 4, 4, 8 / 3)
"""Ratios of the convolutions' filters to those of the first; AlexNet has 96, 256, 384,
384 and 256."""

POOLED = (0, 1, 4)
"""Indices of the convolutions that are followed by pooling."""

MIN_SIDE = 2 ** len(POOLED)
"""Minimum side of images, in pixels."""


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
    """Build the convolutions and the two hidden dense layers.

    Args:
        hp: Holds the hyperparameters that ``declare`` declares.
        x: Images ``(batch, height, width, channels)``.
        first: Side of the first kernel for small images; it is 7 for large ones.
        second: Side of the second kernel; the others have 3.
        pool: Side of the pooling windows, whose stride is 2.

    Returns:
        ``(batch, dense_units)``.
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
