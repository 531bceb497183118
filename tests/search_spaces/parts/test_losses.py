"""The cross-entropy of classifiers, with smoothed labels and without."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from search_spaces.parts.losses import SparseSmoothedCrossentropy

WEIGHTS = np.array([1.0, 2.0, 0.5], "float32")


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_smoothed_loss_of_class_indices_is_that_of_keras_for_one_hot_labels(
    smoothing: float,
) -> None:
    labels = np.array([2, 0, 1])
    outputs = keras.ops.softmax(np.random.default_rng(0).normal(size=(3, 4)))
    expected = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    loss = SparseSmoothedCrossentropy(smoothing)(labels, outputs, WEIGHTS)
    one_hot = np.eye(4, dtype="float32")[labels]
    assert float(loss) == pytest.approx(float(expected(one_hot, outputs, WEIGHTS)))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_smoothed_loss_of_one_probability_is_that_of_keras(smoothing: float) -> None:
    labels = np.array([[1.0], [0.0], [1.0]], "float32")
    outputs = np.array([[0.3], [0.2], [0.9]], "float32")
    expected = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    loss = SparseSmoothedCrossentropy(smoothing)(labels, outputs, WEIGHTS)
    assert float(loss) == pytest.approx(float(expected(labels, outputs, WEIGHTS)))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_labels_are_not_smoothed_away(smoothing: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1, not"):
        SparseSmoothedCrossentropy(smoothing)
