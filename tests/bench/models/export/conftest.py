"""Models in the shape of the families, and the formats that can be tested here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bench.models.export import FORMATS, Format

NEEDS_NO_PACKAGE = ("keras", "savedmodel")


def _marks(name: str) -> tuple[pytest.MarkDecorator, ...]:
    return () if name in NEEDS_NO_PACKAGE else (pytest.mark.exports,)


@pytest.fixture(params=[pytest.param(name, marks=_marks(name)) for name in FORMATS])
def format(request: pytest.FixtureRequest) -> Format:
    """Each format; those whose packages are missing are skipped."""
    return available(request.param)


def available(name: str) -> Format:
    """A format by name; the test is skipped if a package is missing.

    Packages are not imported: the converter may have to do something before.
    """
    format = FORMATS[name]
    if any(importlib.util.find_spec(package) is None for package in format.packages):
        pytest.skip(f"the packages of {name} are not installed")
    return format


@pytest.fixture(name="available")
def _available() -> Callable[[str], Format]:
    return available


def convolutions() -> keras.Model:
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Rescaling(1 / 16)(images)
    x = layers.Conv2D(8, 3, padding="same")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return keras.Model(images, layers.Dense(3, activation="softmax")(x))


def attention() -> keras.Model:
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Reshape((16, 8))(layers.Conv2D(8, 2, strides=2)(images))
    x = layers.EinsumDense("npc,pc->npc", (16, 8), bias_axes="pc")(x)
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
    x = layers.Dense(16, activation="gelu")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(images, layers.Dense(3, activation="softmax")(x))


def depthwise() -> keras.Model:
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Conv2D(8, 2, strides=2)(images)
    y = layers.LayerNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))
    y = layers.Dense(8)(layers.Activation("gelu")(layers.Dense(16)(y)))
    x = layers.GlobalAveragePooling2D()(layers.Add()([x, y]))
    return keras.Model(images, layers.Dense(3, activation="softmax")(x))


def generator() -> keras.Model:
    latents = keras.Input((6,), name="latents")
    x = layers.Reshape((4, 4, 4))(layers.Dense(64)(latents))
    x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")(x)
    return keras.Model(latents, layers.Rescaling(127.5, offset=127.5)(x))


def denoiser() -> keras.Model:
    images = keras.Input((8, 8, 1), name="images")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(images)
    x = layers.Conv2D(1, 3, padding="same")(layers.UpSampling2D()(x))
    return keras.Model(images, layers.Activation("sigmoid")(x))


BUILDERS = (convolutions, attention, depthwise, generator, denoiser)

# Keras' own formats take whatever Keras has; one model each shows that they are wired.
PAIRS = [
    pytest.param((name, build), marks=_marks(name), id=f"{name}-{build.__name__}")
    for name, builders in {
        "keras": (convolutions,),
        "savedmodel": (generator,),
        "onnx": BUILDERS,
        "openvino": BUILDERS,
        "litert": BUILDERS,
    }.items()
    for build in builders
]


@pytest.fixture(params=PAIRS)
def format_and_model(
    request: pytest.FixtureRequest, keras_started: None
) -> tuple[Format, keras.Model]:
    """Each format, with each kind of model that it might not take."""
    name, build = request.param
    return available(name), _built(build)


@pytest.fixture
def classifier(keras_started: None) -> keras.Model:
    """A model of three classes, with a convolution and a dense layer."""
    return _built(convolutions)


def _built(build: Callable[[], keras.Model]) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build()


@pytest.fixture
def inputs_of() -> Callable[..., np.ndarray]:
    """Makes random inputs of a model."""

    def inputs_of(model: Any, count: int = 16, seed: int = 0) -> np.ndarray:
        random = np.random.default_rng(seed)
        return random.normal(size=(count, *model.input_shape[1:])).astype("float32")

    return inputs_of
