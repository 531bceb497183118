"""Stages of residual blocks with two 3x3 convolutions, for ResNet and Wide ResNet."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.parts import blocks

STAGES = 3
"""Number of stages. Each but the first halves the image and doubles the channels."""


def stages(
    hp: keras_tuner.HyperParameters,
    x: Any,
    *,
    width: int,
    depth: int,
    pre_activation: bool,
    drops_out: bool = False,
) -> Any:
    """Build three stages of residual blocks and global average pooling.

    Args:
        hp: Holds ``kernel_initializer`` and ``stochastic_depth``, and ``dropout`` if
            ``drops_out``.
        x: ``(batch, height, width, channels)``.
        width: Channels of the first stage.
        depth: Blocks of each stage.
        pre_activation: Normalize and activate before each convolution instead of
            after it (He et al. 2016, "Identity mappings in deep residual networks").
        drops_out: Whether there is dropout between the convolutions of a block.

    Returns:
        ``(batch, 4 * width)``.
    """
    for stage in range(STAGES):
        for block in range(depth):
            strides = 2 if stage and not block else 1
            branch = _branch(
                hp, x, width * 2**stage, strides, pre_activation, drops_out
            )
            reached = (stage * depth + block + 1) / (STAGES * depth)
            branch = blocks.stochastic_depth(hp, branch, reached)
            x = keras.layers.Add()([_shortcut(hp, x, branch, strides), branch])
            x = x if pre_activation else keras.layers.ReLU()(x)
    x = _normalized_relu(x) if pre_activation else x
    return keras.layers.GlobalAveragePooling2D()(x)


def convolution(
    hp: keras_tuner.HyperParameters, x: Any, filters: int, kernel: int, strides: int = 1
) -> Any:
    """Build a padded convolution without a bias, which batch normalization has."""
    layer = keras.layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=hp.get("kernel_initializer"),
    )
    return layer(x)


def _branch(
    hp: keras_tuner.HyperParameters,
    x: Any,
    filters: int,
    strides: int,
    pre_activation: bool,
    drops_out: bool,
) -> Any:
    for index in range(2):
        if pre_activation:
            x = _normalized_relu(x)
        if index and drops_out:
            x = blocks.dropout(hp, x)
        x = convolution(hp, x, filters, 3, 1 if index else strides)
        if not pre_activation:
            x = blocks.normalization(x) if index else _normalized_relu(x)
    return x


def _normalized_relu(x: Any) -> Any:
    return keras.layers.ReLU()(blocks.normalization(x))


def _shortcut(
    hp: keras_tuner.HyperParameters, x: Any, branch: Any, strides: int
) -> Any:
    """The input of a block, projected if the branch has another shape."""
    if x.shape[1:] == branch.shape[1:]:
        return x
    return blocks.normalization(convolution(hp, x, branch.shape[-1], 1, strides))
