"""ResNet: the residual network for small images."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, residual, training
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes


class ResNet(Family):
    """A convolution, three stages of n residual blocks, global pooling: 6n+2 layers.

    Shortcuts between stages are projections. As in the paper it is trained by SGD with
    momentum, 0.9 by default; the learning rate falls in steps or along a cosine.

    The size ``paper`` holds the paper's networks of 20, 32, 44, 56 and 110 layers, with
    16 channels in the first stage; its default has 56.

    References: He et al. 2016, "Deep residual learning for image recognition",
    section 4.2; Huang et al. 2016, "Deep networks with stochastic depth".
    """

    min_side = 4
    sizes: ClassVar[Sizes] = {
        BASE: {"n": Range("1..5", 3), "width": Range("16,32,48,64", 32)},
        PAPER: {"n": Range("3,5,7,9,18", 9), "width": Range("16")},
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("n", 1, 3, default=1)
        hp.Choice("width", [8, 16, 24, 32], default=16)
        hp.Boolean("pre_activation", default=False)
        blocks.declare_stochastic_depth(hp)
        blocks.declare_initializer(hp)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp,
            optimizers=("sgd",),
            schedules=("cosine", "step"),
            sgd_learning_rate=0.1,
        )

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        width, pre_activation = hp.get("width"), hp.get("pre_activation")
        x = residual.convolution(hp, images, width, 3)
        if not pre_activation:
            x = keras.layers.ReLU()(blocks.normalization(x))
        return residual.stages(
            hp, x, width=width, depth=hp.get("n"), pre_activation=pre_activation
        )
