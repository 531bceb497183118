"""ConvNeXt: a convolutional network with the design of a transformer."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training
from search_spaces.parts.layers import ScaleChannels
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes

MIN_PATCHES = 8
"""Minimum number of patches along a side of the image."""

EXPANSION = 4
"""Ratio of the channels within a block to those between blocks."""


class ConvNeXt(Family):
    """Stages of depthwise 7x7 convolutions, each followed by two dense layers.

    The image is cut into patches, at least 8 along each side. Since images are small
    there are two stages instead of four; the second has half the resolution and twice
    the channels of the first. The size ``paper`` has the channels of these stages in
    ConvNeXt-T and -B, 96 and 128, and depths of 3, as there, to 9.

    Reference: Liu et al. 2022, "A ConvNet for the 2020s".
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {"width": Range("48,64,96", 64), "depth": Range("2..4", 3)},
        PAPER: {"width": Range("96,128"), "depth": Range("3,9")},
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        patches = _patch_sizes(min(self.task.image_shape[:2]))
        hp.Choice("patch", patches, default=patches[-1])
        hp.Choice("width", [32, 48, 64, 96], default=48)
        hp.Int("depth", 1, 4, default=2)
        blocks.declare_stochastic_depth(hp, default=0.1)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp, optimizers=("adam",), learning_rate=3e-3, weight_decay=1e-2
        )

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        width, depth, patch = hp.get("width"), hp.get("depth"), hp.get("patch")
        x = _normalized(_strided(images, width, patch))
        for stage in range(2):
            if stage:
                x = _strided(_normalized(x), 2 * width, 2)
            for block in range(depth):
                reached = (stage * depth + block + 1) / (2 * depth)
                branch = blocks.stochastic_depth(hp, _branch(x), reached)
                x = keras.layers.Add()([x, branch])
        return _normalized(keras.layers.GlobalAveragePooling2D()(x))


def _patch_sizes(side: int) -> list[int]:
    """Sides of patches that leave ``MIN_PATCHES`` along a side, and 1 in any case."""
    return [1, *(n for n in (2, 4, 8, 16) if side // n >= MIN_PATCHES)]


def _strided(x: Any, channels: int, stride: int) -> Any:
    layer = keras.layers.Conv2D(
        channels,
        stride,
        strides=stride,
        padding="same",
        kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
    )
    return layer(x)


def _branch(x: Any) -> Any:
    channels = x.shape[-1]
    initializer = {
        "kernel_initializer": keras.initializers.TruncatedNormal(stddev=0.02)
    }
    x = keras.layers.DepthwiseConv2D(
        7,
        padding="same",
        depthwise_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
    )(x)
    x = keras.layers.Dense(EXPANSION * channels, "gelu", **initializer)(_normalized(x))
    return ScaleChannels()(keras.layers.Dense(channels, **initializer)(x))


def _normalized(x: Any) -> Any:
    return keras.layers.LayerNormalization(epsilon=1e-6)(x)
