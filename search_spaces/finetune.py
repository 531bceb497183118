"""Finetune: trains the last blocks of a pretrained network too."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Extractor, Family, ImageTask, WarmUp
from search_spaces.parts import training
from search_spaces.parts.backbones import BACKBONES
from search_spaces.parts.pretrained import Pretrained
from search_spaces.transfer import declare_head, head, pooled, pooled_extractor

HEAD_EPOCHS = 10
"""Number of epochs for which the head is trained alone. The gradients of an untrained
head would destroy the pretrained weights of the blocks before it."""


class Finetune(Family):
    """A pretrained network whose last k blocks are trained together with a dense head.

    The head is trained alone first. The blocks before the last k are frozen and
    process each image once, as in ``Transfer``. Batch normalization stays in inference
    mode, since the statistics of ImageNet are better than those of small batches.

    Args:
        task: Properties of the images, which may be enlarged: see ``Pretrained``.
        weights: Pretrained weights: see ``Pretrained``.

    Reference: Yosinski et al. 2014, "How transferable are features in deep neural
    networks?"
    """

    def __init__(self, task: ImageTask, weights: str | None = None) -> None:
        super().__init__(task)
        self._pretrained = Pretrained(task, weights)

    def prepare(self, space: keras_tuner.HyperParameters) -> None:
        self._pretrained.fetch(space)

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        self._pretrained.declare(hp)
        hp.Int("blocks", 1, 3, default=2)
        declare_head(hp)
        hp.Float("head_learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp, optimizers=("adam",), learning_rates=(1e-5, 1e-3), learning_rate=1e-4
        )

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return self.head(hp, self._pretrained.features(hp, images, _cut(hp)))

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        return self._pretrained.extractor(hp, _cut(hp))

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        rest = self._pretrained.rest(hp, _cut(hp))
        outputs = pooled(hp.get("pooling"), rest(features))
        return head(hp, outputs, hp.get("head_units"))

    def warm_up(self, hp: keras_tuner.HyperParameters) -> WarmUp | None:
        def build(shape: tuple[int, ...]) -> keras.Model:
            inputs = keras.Input(shape)
            outputs = head(hp, inputs, hp.get("head_units"))
            return self._classifier(hp, inputs, outputs, keras.Model)

        return WarmUp(
            extractor=pooled_extractor(hp, self._pretrained.extractor(hp)),
            build=build,
            epochs=HEAD_EPOCHS,
            learning_rate=hp.get("head_learning_rate"),
        )


def _cut(hp: keras_tuner.HyperParameters) -> str:
    """Name of the last frozen layer of the network."""
    return BACKBONES[hp.get("backbone")].cuts[hp.get("blocks") - 1]
