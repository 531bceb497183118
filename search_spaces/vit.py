"""ViT: a vision transformer on the patches of an image."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training
from search_spaces.parts.layers import Positions
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes

MIN_PATCHES, MAX_PATCHES = 4, 16
"""Limits of the number of patches along a side of the image. The cost of attention
grows with its fourth power."""


class ViT(Family):
    """Patches with learned positions, transformer blocks, the mean over patches.

    Each block normalizes its input. The network is small, as images are: 64 channels
    and 4 blocks by default. The size ``paper`` holds ViT-Base, its default: 12 blocks
    of 768 channels, 12 heads and 3,072 hidden units; and the narrower ones of Touvron
    et al. 2021, "Training data-efficient image transformers".

    References: Dosovitskiy et al. 2021, "An image is worth 16x16 words"; the mean
    instead of a class token: Beyer et al. 2022, "Better plain ViT baselines".
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {"width": Range("64,96,128,192", 128), "depth": Range("4..8", 6)},
        PAPER: {
            "width": Range("192,384,768", 768),
            "depth": Range("12"),
            "head_channels": Range("64"),
            "expansion": Range("4"),
        },
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        sizes = _patch_sizes(min(self.task.image_shape[:2]))
        hp.Choice("patch", sizes, default=sizes[len(sizes) // 2])
        hp.Choice("width", [48, 64, 96, 128], default=64)
        hp.Int("depth", 2, 6, default=4)
        hp.Fixed("head_channels", 16)
        hp.Fixed("expansion", 2)
        blocks.declare_dropout(hp, default=0.0, high=0.3)
        blocks.declare_stochastic_depth(hp)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp, optimizers=("adam",), learning_rate=3e-3, weight_decay=1e-2
        )

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        width, depth, patch = hp.get("width"), hp.get("depth"), hp.get("patch")
        x = keras.layers.Conv2D(width, patch, strides=patch, padding="same")(images)
        x = keras.layers.Reshape((-1, width))(x)
        x = blocks.dropout(hp, Positions()(x))
        for block in range(depth):
            for branch in (_attention, _dense_layers):
                y = blocks.dropout(hp, branch(hp, _normalized(x)))
                y = blocks.stochastic_depth(hp, y, (block + 1) / depth)
                x = keras.layers.Add()([x, y])
        return keras.layers.GlobalAveragePooling1D()(_normalized(x))


def _patch_sizes(side: int) -> list[int]:
    sizes = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    fitting = [n for n in sizes if MIN_PATCHES <= -(-side // n) <= MAX_PATCHES]
    return fitting or [sizes[-1]]


def _attention(hp: keras_tuner.HyperParameters, x: Any) -> Any:
    channels = hp.get("head_channels")
    return keras.layers.MultiHeadAttention(x.shape[-1] // channels, channels)(x, x)


def _dense_layers(hp: keras_tuner.HyperParameters, x: Any) -> Any:
    hidden = keras.layers.Dense(hp.get("expansion") * x.shape[-1], "gelu")(x)
    return keras.layers.Dense(x.shape[-1])(hidden)


def _normalized(x: Any) -> Any:
    return keras.layers.LayerNormalization(epsilon=1e-6)(x)
