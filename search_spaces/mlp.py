"""MLP: a multilayer perceptron as textbooks introduce it."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import blocks
from search_spaces.parts.sizes import BASE, Range, Sizes


class MLP(Family):
    """Two hidden dense layers, each with a width of its own, and ReLU.

    Reference: Rumelhart et al. 1986, "Learning representations by back-propagating
    errors".
    """

    sizes: ClassVar[Sizes] = {
        BASE: {
            "units_1": Range("400,800,1600", 800),
            "units_2": Range("120,240,480", 240),
        }
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("units_1", [100, 200, 400, 800], default=200)
        hp.Choice("units_2", [30, 60, 120, 240], default=60)
        blocks.declare_dropout(hp, default=0.2, high=0.5)
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp, default=False)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = keras.layers.Flatten()(images)
        for name in ("units_1", "units_2"):
            x = blocks.dropout(hp, blocks.dense(hp, x, hp.get(name)))
        return x
