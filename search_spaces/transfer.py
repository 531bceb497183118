"""Transfer: what ImageNet taught a network, and a small one that reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import keras_tuner

from search_spaces.family import Extractor, Family, ImageTask
from search_spaces.parts import blocks
from search_spaces.parts.pretrained import Pretrained

POOLINGS = ("average", "max", "flatten")
"""Each but the last keeps one place, and the last as many as there are."""

MOST_FLAT = 4
"""Places a side that are flattened at most, else means of several: 7x7 of them would
give a head of 512 units 32 million weights."""


class Transfer(Family):
    """A frozen pretrained network, pooled or flattened, and a dense head.

    The network sees each image once at a resolution, and no trial waits for it again:
    what is pooled of its outputs is kept for all. With augmentation it sees a fixed
    number of augmented copies.

    Args:
        task: Of images that may be enlarged: see ``Pretrained``.
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
        features = self._pretrained.features(hp, images)
        return self.head(hp, pooled(hp.get("pooling"), features))

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        return pooled_extractor(hp, self._pretrained.extractor(hp))

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        return head(hp, features)


def declare_head(hp: keras_tuner.HyperParameters) -> None:
    hp.Choice("pooling", list(POOLINGS))
    hp.Choice("head_units", [64, 128, 256, 512], default=256)
    blocks.declare_dropout(hp, default=0.3)
    blocks.declare_initializer(hp)


def pooled_extractor(hp: keras_tuner.HyperParameters, frozen: Extractor) -> Extractor:
    """Pools what a frozen network computes.

    It is kept as every pooling has it, one after the other, of which a configuration
    reads its own.
    """

    def make(augments: bool) -> keras.Model:
        network = frozen.make(augments)
        kept = [pooled(pooling, network.output) for pooling in POOLINGS]
        return keras.Model(network.inputs, keras.layers.Concatenate(axis=1)(kept))

    place = POOLINGS.index(hp.get("pooling"))
    return replace(
        frozen,
        name=repr(("pooled", frozen.name)),
        make=make,
        part=slice(place, None if POOLINGS[place] == "flatten" else place + 1),
    )


def pooled(pooling: str, features: Any) -> Any:
    """What a pooling keeps, ``(batch, places, channels)``."""
    match pooling:
        case "average":
            kept = keras.layers.GlobalAveragePooling2D(keepdims=True)(features)
        case "max":
            kept = keras.layers.GlobalMaxPooling2D(keepdims=True)(features)
        case _:
            size = -(-max(features.shape[1:3]) // MOST_FLAT)
            averages = keras.layers.AveragePooling2D(size, padding="same")
            kept = features if size == 1 else averages(features)
    return keras.layers.Reshape((-1, features.shape[-1]))(kept)


def head(hp: keras_tuner.HyperParameters, features: Any) -> Any:
    """A dense layer on what a pooling keeps.

    Its layers have names, by which their weights are found in another model.
    """
    x = blocks.dropout(hp, keras.layers.Flatten()(features))
    x = keras.layers.Dense(
        hp.get("head_units"),
        activation="relu",
        kernel_initializer=hp.get("kernel_initializer"),
        name="head",
    )(x)
    return blocks.dropout(hp, x)
