"""AlexNet, adapted to small images."""

from __future__ import annotations

from typing import Any

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions


class AlexNet(Family):
    """Five convolutions, three of them followed by pooling, and three dense layers.

    The first kernel is 5 pixels wide, and 7 for images of 64 pixels and more; in the
    paper it is 11 for images of 224. Poolings overlap as in the paper. Batch
    normalization is searched in place of local response normalization.

    Reference: Krizhevsky et al. 2012, "ImageNet classification with deep
    convolutional neural networks".
    """

    min_side = five_convolutions.MIN_SIDE

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, first=5, second=5, pool=3)
