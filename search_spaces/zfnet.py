"""ZFNet: AlexNet with smaller kernels."""

from __future__ import annotations

from typing import Any

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions


class ZFNet(Family):
    """Five convolutions, three of them followed by pooling, and three dense layers.

    Visualizations of AlexNet's first layers showed aliasing due to large strides, so
    kernels and strides are smaller: the first kernel is 3 pixels wide, and 7 with a
    stride of 2 for images of 64 pixels and more.

    Reference: Zeiler & Fergus 2014, "Visualizing and understanding convolutional
    networks".
    """

    min_side = five_convolutions.MIN_SIDE

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, first=3, second=3, pool=2)
