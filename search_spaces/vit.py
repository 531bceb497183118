"""ViT: a transformer that reads an image as a sequence of patches."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training
from search_spaces.parts.layers import Positions

HEAD = 16
"""Channels of an attention head."""

PATCHES = (4, 16)
"""Fewest and most patches a side: attention costs the fourth power of it."""


class ViT(Family):
    """Patches with learnt positions, transformer blocks, the mean over patches.

    Normalization comes first in each block. Small images want a small network: 64
    channels and 4 blocks by default.

    References: Dosovitskiy et al. 2021, "An image is worth 16x16 words"; the mean in
    place of a class token: Beyer et al. 2022, "Better plain ViT baselines".
    """

    smallest_side = 4

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        sizes = _patch_sizes(min(self.task.image_shape[:2]))
        hp.Choice("patch", sizes, default=sizes[len(sizes) // 2])
        hp.Choice("width", [48, 64, 96, 128], default=64)
        hp.Int("depth", 2, 6, default=4)
        blocks.declare_dropout(hp, default=0.0, most=0.3)
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
            for branch in (_attention, _channels):
                added = blocks.dropout(hp, branch(_normalized(x)))
                added = blocks.stochastic_depth(hp, added, (block + 1) / depth)
                x = keras.layers.Add()([x, added])
        return keras.layers.GlobalAveragePooling1D()(_normalized(x))


def _patch_sizes(side: int) -> list[int]:
    fewest, most = PATCHES
    sizes = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    return [n for n in sizes if fewest <= -(-side // n) <= most] or [sizes[-1]]


def _attention(x: Any) -> Any:
    heads = x.shape[-1] // HEAD
    return keras.layers.MultiHeadAttention(heads, HEAD)(x, x)


def _channels(x: Any) -> Any:
    hidden = keras.layers.Dense(2 * x.shape[-1], "gelu")(x)
    return keras.layers.Dense(x.shape[-1])(hidden)


def _normalized(x: Any) -> Any:
    return keras.layers.LayerNormalization(epsilon=1e-6)(x)
