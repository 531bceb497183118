"""AlexNet, adapted to small images."""

from __future__ import annotations

from typing import Any, ClassVar

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions
from search_spaces.parts.sizes import Sizes


class AlexNet(Family):
    """Five convolutions, three of them followed by pooling, and three dense layers.

    The first kernel is 5 pixels wide, from 64 pixels a side 7 with a stride of 2, and
    from 128 pixels 11 with a stride of 4, as in the paper. Poolings overlap as in the
    paper. Batch normalization is searched in place of local response normalization.
    The size ``paper`` has the paper's filters, from 96 to 384, and up to 4,096 units.

    Reference: Krizhevsky et al. 2012, "ImageNet classification with deep
    convolutional neural networks".
    """

    min_side = five_convolutions.MIN_SIDE
    sizes: ClassVar[Sizes] = five_convolutions.SIZES

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, divided=False)
