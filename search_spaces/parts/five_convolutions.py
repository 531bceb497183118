"""The architecture of AlexNet and ZFNet: five convolutions and three dense layers.

One rule scales both papers' networks for images of 224 pixels down to small images. The
first two convolutions divide the sides by 4 in the papers; here by the largest of 4, 2
and 1 that leaves at least 32 positions. AlexNet divides by all of it in the first one,
ZFNet by half of it there and by the rest in the second. The first kernel is as large as
the papers' are for their strides, 11 for 4 and 7 for 2: twice the stride and 3 more, or
the odd number below it. All others are those of the papers: 5, then 3.

| image side | AlexNet: first, second | ZFNet: first, second |
| --- | --- | --- |
| 8 to 63 | 5x5, 5x5 | 3x3, 5x5 |
| 64 to 127 | 7x7 stride 2, 5x5 | 5x5, 5x5 stride 2 |
| 128 and more, the papers | 11x11 stride 4, 5x5 | 7x7 stride 2, 5x5 stride 2 |
"""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.parts import augmentation, blocks
from search_spaces.parts.sizes import BASE, DRAWN, PAPER, Range, Sizes

POSITIONS = 32
"""Minimum number of positions along a side after the first two convolutions, if the
images have as many pixels; the papers have 55 and 26, with pooling between."""

WIDENING = (1, 8 / 3, 4, 4, 8 / 3)
"""Ratios of the convolutions' filters to those of the first; both papers have 96, 256,
384, 384 and 256."""

POOLED = (0, 1, 4)
"""Indices of the convolutions that are followed by pooling."""

MIN_SIDE = 2 ** len(POOLED)
"""Minimum side of images, in pixels."""

SIZES: Sizes = {
    BASE: {
        "width": Range("48,64,96", 64),
        "dense_units": Range("512,1024,2048", 1024),
    },
    PAPER: {
        "width": Range("96"),
        "dense_units": Range("1024,2048,4096", 4096),
        "kernel_initializer": DRAWN,
    },
}
"""The size ``paper`` has the papers' filters and up to 4,096 hidden units."""


def declare(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice("width", [12, 24, 36, 48], default=24)
    hp.Choice("dense_units", [128, 256, 512], default=256)
    blocks.declare_dropout(hp, default=0.4)
    blocks.declare_initializer(hp)
    blocks.declare_batch_normalization(hp)
    augmentation.declare(hp)


def features(hp: keras_tuner.HyperParameters, x: Any, *, divided: bool) -> Any:
    """Build the convolutions and the two hidden dense layers.

    Args:
        hp: Holds the hyperparameters that ``declare`` declares.
        x: Images ``(batch, height, width, channels)``.
        divided: Whether the first two convolutions share the stride, as in ZFNet;
            otherwise the first one has all of it, as in AlexNet.

    Returns:
        ``(batch, dense_units)``.
    """
    stride = _stride(min(x.shape[1:3]))
    first = stride / 2 if divided else stride
    kernels = (_odd(2 * first + 3), 5, 3, 3, 3)
    strides = (max(1, int(first)), 2 if divided and stride > 1 else 1, 1, 1, 1)
    for index, widening in enumerate(WIDENING):
        filters = round(hp.get("width") * widening)
        x = blocks.convolution(hp, x, filters, kernels[index], strides=strides[index])
        if index in POOLED:
            x = keras.layers.MaxPooling2D(3, 2, padding="same")(x)
    x = keras.layers.Flatten()(x)
    for _ in range(2):
        x = blocks.dense(hp, blocks.dropout(hp, x), hp.get("dense_units"))
    return x


def _stride(side: int) -> int:
    """Number by which the first two convolutions divide a side of the images."""
    return next(n for n in (4, 2, 1) if side // n >= POSITIONS or n == 1)


def _odd(size: float) -> int:
    """The largest odd number that is not above a size."""
    return int((size - 1) // 2) * 2 + 1
