"""Transfer: a small classifier on the outputs of a pretrained network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import keras_tuner

from search_spaces.family import Extractor, Family, ImageTask
from search_spaces.parts import blocks, training
from search_spaces.parts.pretrained import Pretrained

POOLINGS = ("average", "max", "flatten")
"""Choices for pooling. The first two keep one position of the feature maps; the last
keeps all."""

MAX_FLAT_SIDE = 4
"""Maximum side of feature maps that are flattened; larger ones are averaged down to it.
With the 7x7 positions of MobileNetV2 a head of 512 units would have 32 million weights.
"""

DROPOUT = 0.3
"""Default rate before and after the head."""

UNITS = (64, 128, 256, 512)
"""Numbers of units of a head on pooled outputs."""

FLAT_UNITS = (16, 32, 64)
"""Numbers of units of a head on all positions. 512 would have ten million weights."""

MIN_FIRST_SIDE = 64
"""Smallest resolution that is tried first. On 1,500 images of five classes of CIFAR-10,
a linear head on the outputs of MobileNetV2 had an accuracy of 0.38 at 32 px, and of
0.74 at 96 px."""

PATIENT_SHARE = 0.5
"""Share of a full training before which patience does not count. A head's epochs are
cheap, and photographs to validate on are few: trainings ended at a high learning rate,
after 7 epochs with a test accuracy of 0.71, where 25 epochs had 0.75."""


class Transfer(Family):
    """A frozen pretrained network, pooling or flattening, and a dense head.

    By default the head is a linear classifier on the averages of the outputs, at a
    small resolution; a head without units has no hidden layer. The network processes
    each image once for each resolution; its pooled outputs are stored and shared by all
    trials. With augmentation it processes a fixed number of augmented copies of each
    image.

    Args:
        task: Properties of the images, which may be enlarged: see ``Pretrained``.
        weights: Pretrained weights: see ``Pretrained``.

    Reference: Razavian et al. 2014, "CNN features off-the-shelf".
    """

    trains_head_only = True

    def __init__(self, task: ImageTask, weights: str | None = None) -> None:
        super().__init__(task)
        self._pretrained = Pretrained(task, weights)

    def prepare(self, space: keras_tuner.HyperParameters) -> None:
        self._pretrained.fetch(space)

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        self._pretrained.declare(hp, resolution=self._sides[0])
        hp.Choice("pooling", list(POOLINGS))
        with hp.conditional_scope("pooling", ["average", "max"]):
            hp.Choice("head_units", [0, *UNITS], default=0)
        with hp.conditional_scope("pooling", ["flatten"]):
            hp.Choice("flat_units", [0, *FLAT_UNITS], default=0)
        blocks.declare_dropout(hp, default=DROPOUT)

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, learning_rate=2e-3)

    def last_fall(self, hp: keras_tuner.HyperParameters) -> float:
        return max(PATIENT_SHARE, super().last_fall(hp))

    def starts(self) -> Sequence[Mapping[str, Any]]:
        return [{"resolution": side} for side in self._sides[1:]]

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        features = self._pretrained.features(hp, images)
        return self.head(hp, pooled(hp.get("pooling"), features))

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        return pooled_extractor(hp, self._pretrained.extractor(hp))

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        is_flat = hp.get("pooling") == "flatten"
        units = hp.get("flat_units" if is_flat else "head_units")
        if not units:
            return blocks.dropout(hp, keras.layers.Flatten()(features))
        return head(hp, features, units)

    @property
    def _sides(self) -> list[int]:
        """Resolutions that are tried first, rising; the first is the default."""
        *smaller, largest = self._pretrained.resolutions
        return [*(side for side in smaller if side >= MIN_FIRST_SIDE), largest]


def declare_head(hp: keras_tuner.HyperParameters) -> None:
    """Declare pooling, units, dropout and initializer of the dense head."""
    hp.Choice("pooling", list(POOLINGS))
    hp.Choice("head_units", list(UNITS), default=256)
    blocks.declare_dropout(hp, default=DROPOUT)
    blocks.declare_initializer(hp)


def pooled_extractor(hp: keras_tuner.HyperParameters, frozen: Extractor) -> Extractor:
    """Add pooling to a frozen network.

    The outputs of all poolings are computed and stored together; ``part`` selects
    those of the configuration's pooling.
    """

    def make(augments: bool) -> keras.Model:
        network = frozen.make(augments)
        outputs = [pooled(pooling, network.output) for pooling in POOLINGS]
        return keras.Model(network.inputs, keras.layers.Concatenate(axis=1)(outputs))

    def make_part() -> keras.Model:
        network = frozen.make(False)
        return keras.Model(network.inputs, pooled(pooling, network.output))

    pooling = hp.get("pooling")
    position = POOLINGS.index(pooling)
    return replace(
        frozen,
        name=repr(("pooled", frozen.name)),
        make=make,
        part=slice(position, None if pooling == "flatten" else position + 1),
        make_part=make_part,
    )


def pooled(pooling: str, features: Any) -> Any:
    """Pool feature maps.

    Args:
        pooling: One of ``POOLINGS``.
        features: ``(batch, height, width, channels)``.

    Returns:
        ``(batch, positions, channels)``.
    """
    match pooling:
        case "average":
            x = keras.layers.GlobalAveragePooling2D(keepdims=True)(features)
        case "max":
            x = keras.layers.GlobalMaxPooling2D(keepdims=True)(features)
        case _:
            size = -(-max(features.shape[1:3]) // MAX_FLAT_SIDE)
            averages = keras.layers.AveragePooling2D(size, padding="same")
            x = features if size == 1 else averages(features)
    return keras.layers.Reshape((-1, features.shape[-1]))(x)


def head(hp: keras_tuner.HyperParameters, features: Any, units: int) -> Any:
    """Build a dense layer, with dropout before and after it, on pooled features.

    The layer has a name, so that its weights can be copied from one model to another.
    """
    x = blocks.dropout(hp, keras.layers.Flatten()(features))
    x = keras.layers.Dense(
        units,
        activation="relu",
        # ``Transfer`` doesn't search it, since its default head has no such layer.
        kernel_initializer=hp.values.get("kernel_initializer", "he_normal"),
        name="head",
    )(x)
    return blocks.dropout(hp, x)
