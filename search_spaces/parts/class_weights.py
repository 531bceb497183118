"""Weights of the classes in the loss, for tasks whose classes differ in size.

The weights are a weight of the model, like all values in which two trials of one
structure may differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras import ops

from search_spaces.parts.options import IMBALANCED

NAME = "class_weights"
"""Name of the hyperparameter and of the layer."""


def is_imbalanced(class_shares: Sequence[float]) -> bool:
    """Whether the largest class has more than ``IMBALANCED`` times the smallest.

    Args:
        class_shares: Share of each class, above 0; empty if unknown.
    """
    return bool(class_shares) and max(class_shares) > IMBALANCED * min(class_shares)


def default_metric(class_shares: Sequence[float]) -> str:
    """Name of the metric that selects and ranks, unless the user says otherwise.

    On imbalanced classes a high accuracy is reached without the small ones.
    """
    return "balanced_accuracy" if is_imbalanced(class_shares) else "accuracy"


def declare(hp: keras_tuner.HyperParameters, class_shares: Sequence[float]) -> None:
    """Declare whether the loss weighs the classes; on imbalanced tasks only."""
    if is_imbalanced(class_shares):
        hp.Choice(NAME, ["none", "balanced"])


def is_on(hp: keras_tuner.HyperParameters) -> bool:
    """Return whether models have a layer of class weights, be they all 1."""
    return NAME in hp.values


def weighted(
    hp: keras_tuner.HyperParameters, features: Any, class_shares: Sequence[float]
) -> Any:
    """Hold the class weights of a configuration in a layer that changes nothing.

    The model must be a ``WeightingModel``.

    Args:
        hp: May hold ``class_weights``: ``balanced`` weighs a class by the inverse of
            its share, so that all classes count alike and the mean weight is 1.
        features: Input of the classifier.
        class_shares: Share of each class.
    """
    if not is_on(hp):
        return features
    shares = np.array(class_shares)
    weights = np.ones(len(shares))
    if hp.get(NAME) == "balanced":
        weights = 1 / (len(shares) * shares)
    return ClassWeights(weights.tolist(), name=NAME)(features)


@keras.saving.register_keras_serializable(package="search_spaces")
class ClassWeights(keras.layers.Layer):
    """Returns its inputs, and holds the weights of the classes for the loss.

    Args:
        weights: Weight of each class.
    """

    free = ("weights",)

    def __init__(self, weights: Sequence[float], **options: Any) -> None:
        super().__init__(**options)
        self._initial_weights = list(weights)

    def build(self, input_shape: Any) -> None:
        initial = np.array(self._initial_weights, "float32")
        self.of_classes = self.add_weight(
            name="of_classes",
            shape=initial.shape,
            initializer=lambda shape, dtype: ops.convert_to_tensor(initial, dtype),
            trainable=False,
        )

    def call(self, inputs: Any) -> Any:
        return inputs

    def at_inference(self) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weights": self._initial_weights}


@keras.saving.register_keras_serializable(package="search_spaces")
class WeightingModel(keras.Model):
    """A classifier whose loss weighs each image by its class.

    Models without a layer ``ClassWeights`` weigh all images alike.
    """

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        layer = next((x for x in self.layers if isinstance(x, ClassWeights)), None)
        if layer is not None and sample_weight is None:
            classes = ops.reshape(ops.cast(y, "int32"), (-1,))
            sample_weight = ops.take(layer.of_classes, classes)
        return super().compute_loss(x, y, y_pred, sample_weight, training)
