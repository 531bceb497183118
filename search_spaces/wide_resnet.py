"""Wide ResNet: residual networks that grow in width instead of depth."""

from __future__ import annotations

from typing import Any

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, residual, training

NARROWEST = 16
"""Channels of the first convolution, and of the first stage at a width of 1."""


class WideResNet(Family):
    """Pre-activated residual blocks, k times as wide, with dropout in them.

    Reference: Zagoruyko & Komodakis 2016, "Wide residual networks"; n blocks a stage
    and a width of k make WRN-(6n+4)-k.
    """

    smallest_side = 4

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("n", 1, 2, default=1)
        hp.Int("width", 1, 4, default=2)
        blocks.declare_dropout(hp, default=0.0, most=0.4)
        blocks.declare_stochastic_depth(hp)
        blocks.declare_initializer(hp)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, optimizers=("sgd", "adam"), sgd_learning_rate=0.1)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return residual.stages(
            hp,
            residual.convolution(hp, images, NARROWEST, 3),
            width=NARROWEST * hp.get("width"),
            depth=hp.get("n"),
            pre_activation=True,
            drops_out=True,
        )
