"""Batch normalization equals that of Keras, whichever kernel computes it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces.parts.normalization import BatchNormalization

SHAPES = [(8, 5, 5, 4), (8, 6, 5, 8), (8, 4), (8, 16)]
"""Shapes whose channels do and don't fill the vectors of TensorFlow's kernel."""


HALF_SHAPES = [(8, 6, 5, channels) for channels in (6, 12, 24, 32)] + [(32, 24)]
"""Shapes that bfloat16 reaches by way of float32 and as they are."""


def both(shape: tuple[int, ...], dtype: str = "float32") -> list[keras.layers.Layer]:
    random = np.random.default_rng(1)
    layers = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        layer = kind(momentum=0.8, epsilon=1e-3, dtype=dtype)
        layer.build((None, *shape[1:]))
        layers.append(layer)
    values = [random.uniform(0.5, 1.5, shape[-1]) for _ in range(4)]
    for layer in layers:
        layer.set_weights(values)
    return layers


@pytest.mark.parametrize("shape", SHAPES)
def test_outputs_and_statistics_equal(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).normal(3, 2, shape).astype("float32")
    ours, keras_own = both(shape)
    for training in (True, True, False):
        np.testing.assert_allclose(
            ours(images, training=training),
            keras_own(images, training=training),
            atol=1e-5,
        )
    for weight, expected in zip(ours.weights, keras_own.weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_equal(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(3, 2, shape), tf.float32)
    upstream = tf.constant(random.normal(size=shape), tf.float32)
    gradients = []
    for layer in both(shape):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images, training=True)
        sources = [images, layer.gamma.value, layer.beta.value]
        gradients.append(tape.gradient(outputs, sources, upstream))
    for gradient, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, atol=2e-5)


@pytest.mark.parametrize("shape", HALF_SHAPES)
def test_bfloat16_equals_but_for_its_rounding(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(3, 2, shape), tf.bfloat16)
    upstream = tf.constant(random.normal(size=shape), tf.bfloat16)
    found = []
    for layer in both(shape, "mixed_bfloat16"):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images, training=True)
        assert outputs.dtype == tf.bfloat16
        sources = [images, layer.gamma.value, layer.beta.value]
        results = [outputs, *tape.gradient(outputs, sources, upstream), *layer.weights]
        found.append([np.array(result, "float32") for result in results])
    for result, expected in zip(*found, strict=True):
        np.testing.assert_allclose(result, expected, rtol=0.02, atol=0.05)
