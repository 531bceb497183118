"""AlexNet: the network that ended the debate, at the size of small images."""

from __future__ import annotations

from typing import Any

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions


class AlexNet(Family):
    """Five convolutions, three of them pooled, and three dense layers.

    The first kernel, 11 pixels wide on images of 224, is 5 here, and 7 on images of
    64 and more. Overlapping poolings stand as they were; batch normalization may
    take the place of the response normalization.

    Reference: Krizhevsky et al. 2012, "ImageNet classification with deep
    convolutional neural networks".
    """

    smallest_side = five_convolutions.SMALLEST_SIDE

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, first=5, second=5, pool=3)
