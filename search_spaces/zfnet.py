"""ZFNet: AlexNet with a finer first layer."""

from __future__ import annotations

from typing import Any, ClassVar

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions
from search_spaces.parts.sizes import Sizes


class ZFNet(Family):
    """Five convolutions, three of them followed by pooling, and three dense layers.

    Visualizations of AlexNet's first layers showed aliasing due to the large stride and
    a lack of middle frequencies due to the large kernel. So the first kernel has 7
    pixels instead of 11, and half of AlexNet's stride of 4 moves to the second
    convolution. That is for images from 128 pixels a side; the first kernel has 5
    pixels instead of AlexNet's 7 from 64 pixels, and 3 instead of 5 below, where no
    convolution has a stride. The size ``paper`` has the paper's filters, from 96 to
    384, and up to 4,096 units.

    Reference: Zeiler & Fergus 2014, "Visualizing and understanding convolutional
    networks", section 4.1 and figure 3.
    """

    min_side = five_convolutions.MIN_SIDE
    sizes: ClassVar[Sizes] = five_convolutions.SIZES

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, divided=True)
