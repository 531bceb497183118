"""Linear: the baseline that every other family should exceed."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import training


class Linear(Family):
    """One dense layer on the pixels: multinomial logistic regression.

    Reference: LeCun et al. 1998, "Gradient-based learning applied to document
    recognition", section III.C, which compares a linear classifier.
    """

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare nothing: only the training is searched."""

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(hp, optimizers=("adam", "sgd"), learning_rate=5e-3)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        return keras.layers.Flatten()(images)
