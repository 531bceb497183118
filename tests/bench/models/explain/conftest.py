"""Images with a bright square in a corner, and models that learned what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

SIDE, HALF = 16, 8
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


class Squares(NamedTuple):
    """Noisy images with one square each.

    Attributes:
        images: ``(n, 16, 16, 3)``.
        corners: ``(n,)``, indices in ``CORNERS``.
        colours: ``(n,)``, the channels in which the squares are bright.
    """

    images: np.ndarray
    corners: np.ndarray
    colours: np.ndarray

    def shares(self, maps: np.ndarray) -> np.ndarray:
        """The share of each map's positive mass that lies in the square's quarter."""
        quarters = [
            maps[:, HALF * down : HALF * (down + 1), HALF * right : HALF * (right + 1)]
            for down, right in CORNERS
        ]
        mass = np.maximum(np.stack(quarters), 0).sum(axis=(2, 3))
        own = mass[self.corners, np.arange(len(maps))]
        return own / np.maximum(mass.sum(axis=0), 1e-12)


def make_squares(count: int, seed: int) -> Squares:
    random = np.random.default_rng(seed)
    images = random.integers(60, 140, (count, SIDE, SIDE, 3), dtype=np.uint8)
    corners, colours = np.arange(count) % 4, np.arange(count) // 4 % 3
    for image, corner, colour in zip(images, corners, colours, strict=True):
        down, right = (HALF * half + 2 for half in CORNERS[corner])
        image[down : down + 4, right : right + 4, colour] = 250
    return Squares(images, corners, colours)


@pytest.fixture(scope="session")
def squares() -> Squares:
    """Twelve images that no model was trained on."""
    return make_squares(12, seed=1)


@pytest.fixture(scope="session")
def trained(keras_started: None) -> Callable:
    """Trains a model to tell ``corners`` or ``colours`` apart."""

    def trained(model, what):
        learned, held = make_squares(240, seed=0), make_squares(60, seed=2)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        labels = getattr(learned, what)
        model.fit(learned.images, labels, epochs=15, batch_size=16, verbose=0)
        accuracy = model.evaluate(held.images, getattr(held, what), verbose=0)[1]
        assert accuracy > 0.95
        return model

    return trained


def convolutions():
    """A network with a skip connection, so that no layer cuts it in two."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = keras.layers.MaxPooling2D()(x)
    y = keras.layers.Conv2D(16, 3, padding="same", name="late")(x)
    y = keras.layers.Activation("relu", name="late_relu")(y)
    x = keras.layers.Conv2D(16, 1, name="skip")(x)
    return keras.Model(inputs, keras.layers.Add(name="sum")([x, y]))


@pytest.fixture(scope="session")
def make_flattening(keras_started: None) -> Callable:
    """Makes classifiers of corners: a network inside, then a dense layer."""
    import keras

    def make_flattening(seed=0):
        keras.utils.set_random_seed(seed)
        images = keras.Input((SIDE, SIDE, 3))
        x = convolutions()(keras.layers.Rescaling(1 / 255)(images))
        x = keras.layers.Flatten()(keras.layers.MaxPooling2D()(x))
        x = keras.layers.Dense(4, "softmax", name="classes")(x)
        return keras.Model(images, x)

    return make_flattening


@pytest.fixture(scope="session")
def make_averaging(keras_started: None) -> Callable:
    """Makes classifiers of colours: a network inside, and the means of its maps."""
    import keras

    def make_averaging(seed=0):
        keras.utils.set_random_seed(seed)
        images = keras.Input((SIDE, SIDE, 3))
        x = convolutions()(keras.layers.Rescaling(1 / 255)(images))
        x = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x))
        return keras.Model(images, keras.layers.Softmax()(x))

    return make_averaging


@pytest.fixture(scope="session")
def make_dense(keras_started: None) -> Callable:
    """Makes classifiers of corners without a convolution."""
    import keras

    def make_dense(seed=0):
        keras.utils.set_random_seed(seed)
        images = keras.Input((SIDE, SIDE, 3))
        x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(images))
        x = keras.layers.Dense(32, "relu")(x)
        return keras.Model(images, keras.layers.Dense(4, "softmax")(x))

    return make_dense


@pytest.fixture(scope="session")
def flattening(trained, make_flattening):
    return trained(make_flattening(), "corners")


@pytest.fixture(scope="session")
def averaging(trained, make_averaging):
    return trained(make_averaging(), "colours")


@pytest.fixture(scope="session")
def dense(trained, make_dense):
    return trained(make_dense(), "corners")
