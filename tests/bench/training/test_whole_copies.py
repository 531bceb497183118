"""Copies of trained models that are made whole."""

from __future__ import annotations

import keras
import numpy as np

from bench.training.whole import plain


def test_model_is_copied_whose_momentum_is_a_weight() -> None:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile(keras.optimizers.SGD(momentum=0.9), "mse")
    model.optimizer.momentum = keras.Variable(0.9, trainable=False)
    images = np.ones((1, 4), "float32")
    np.testing.assert_array_equal(plain(model)(images), model(images))
