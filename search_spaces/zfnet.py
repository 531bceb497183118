"""ZFNet: AlexNet after a look inside."""

from __future__ import annotations

from typing import Any

import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import five_convolutions


class ZFNet(Family):
    """Five convolutions, three of them pooled, and three dense layers.

    Looking at what AlexNet's first layers see showed aliasing by wide strides, hence
    smaller kernels: the first is 7 wide with a stride of 2 on large images, 3 without
    one on small ones.

    Reference: Zeiler & Fergus 2014, "Visualizing and understanding convolutional
    networks".
    """

    smallest_side = five_convolutions.SMALLEST_SIDE

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        five_convolutions.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return five_convolutions.features(hp, images, first=3, second=3, pool=2)
