"""Dense: a deep network without convolutions."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import blocks
from search_spaces.parts.sizes import BASE, DRAWN, PAPER, Range, Sizes

HIDDEN_LAYERS = 4


class Dense(Family):
    """Four hidden dense layers of equal width on the pixels.

    The size ``paper`` goes to 2,500 units, the most in the paper, whose layers narrow
    from there to 500.

    Reference: Cireşan et al. 2010, "Deep, big, simple neural nets for handwritten
    digit recognition".
    """

    sizes: ClassVar[Sizes] = {
        BASE: {"units": Range("256,512,1024", 512)},
        PAPER: {
            "units": Range("500,1000,1500,2000,2500", 1500),
            "kernel_initializer": DRAWN,
        },
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("units", [64, 128, 256, 512], default=256)
        blocks.declare_dropout(hp, default=0.2)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = keras.layers.Flatten()(images)
        for _ in range(HIDDEN_LAYERS):
            x = blocks.dense(hp, x, hp.get("units"))
            x = blocks.dropout(hp, x)
        return x
