"""Wide ResNet: a residual network that is wide instead of deep."""

from __future__ import annotations

from typing import Any, ClassVar

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, residual, training
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes

MIN_CHANNELS = 16
"""Channels of the first convolution, and of the first stage at a width of 1."""


class WideResNet(Family):
    """Three stages of n wide pre-activation residual blocks with dropout.

    With n blocks a stage and a width of k it is the paper's WRN-(6n+4)-k. The size
    ``paper`` goes to WRN-28-10, which is its default.

    Reference: Zagoruyko & Komodakis 2016, "Wide residual networks".
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {"n": Range("1..3", 2), "width": Range("2..6", 4)},
        PAPER: {"n": Range("2..4", 4), "width": Range("4,8,10", 10)},
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("n", 1, 2, default=1)
        hp.Int("width", 1, 4, default=2)
        blocks.declare_dropout(hp, default=0.0, high=0.4)
        blocks.declare_stochastic_depth(hp)
        blocks.declare_initializer(hp)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, optimizers=("sgd", "adam"), sgd_learning_rate=0.1)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return residual.stages(
            hp,
            residual.convolution(hp, images, MIN_CHANNELS, 3),
            width=MIN_CHANNELS * hp.get("width"),
            depth=hp.get("n"),
            pre_activation=True,
            drops_out=True,
        )
