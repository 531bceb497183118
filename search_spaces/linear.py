"""Linear: one dense layer on the pixels, the floor."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import training


class Linear(Family):
    """No hidden layer: what pixels tell one by one."""

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """Nothing but the training is searched."""

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, optimizers=("adam", "sgd"), learning_rate=5e-3)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return keras.layers.Flatten()(images)
