"""Transfer: what ImageNet taught a network, and a small one that reads it."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces import blocks
from search_spaces.backbones import Pretrained
from search_spaces.family import Extractor, Family, ImageTask


class Transfer(Family):
    """A frozen pretrained network, pooled or flattened, and a dense head.

    The network sees each image once, and no trial waits for it again: what it
    computes is kept for all. With augmentation it sees a fixed number of augmented
    copies.

    Args:
        task: Images smaller than 32 pixels a side are enlarged.
        weights: See ``Pretrained``.

    Reference: Razavian et al. 2014, "CNN features off-the-shelf".
    """

    def __init__(self, task: ImageTask, weights: str | None = None) -> None:
        super().__init__(task)
        self._pretrained = Pretrained(task, weights)

    def prepare(self, space: keras_tuner.HyperParameters) -> None:
        self._pretrained.fetch(space)

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        self._pretrained.declare(hp)
        declare_head(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return self.head(hp, self._pretrained.features(hp, images))

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        return self._pretrained.extractor(hp)

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        return head(hp, features)


def declare_head(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice("pooling", ["average", "max", "flatten"], default="average")
    hp.Choice("head_units", [64, 128, 256, 512], default=256)
    blocks.declare_dropout(hp, default=0.3)
    blocks.declare_initializer(hp)


def head(hp: keras_tuner.HyperParameters, features: Any) -> Any:
    """A dense layer on what a network computes.

    Its layers have names, by which their weights are found in another model.
    """
    pooling = {
        "average": keras.layers.GlobalAveragePooling2D,
        "max": keras.layers.GlobalMaxPooling2D,
        "flatten": keras.layers.Flatten,
    }[hp.get("pooling")]
    x = blocks.dropout(hp, pooling()(features))
    x = keras.layers.Dense(
        hp.get("head_units"),
        activation="relu",
        kernel_initializer=hp.get("kernel_initializer"),
        name="head",
    )(x)
    return blocks.dropout(hp, x)
