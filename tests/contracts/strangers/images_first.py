"""Layers that strangers put first: scaling, augmentation, reshaping."""

import keras
from keras import layers


def compiled(hp, *first, rank=3):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            *first,
            layers.Flatten(),
            layers.Dense(hp.Int("units", 32, 64, step=16), activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def rescaled_bytes(hp):
    return compiled(hp, layers.Rescaling(1 / 255))


def rescaled_to_signs(hp):
    return compiled(hp, layers.Rescaling(1 / 127.5, offset=-1))


def rescaled_by_a_lambda(hp):
    return compiled(hp, layers.Lambda(lambda x: x / 255.0))


def augmented(hp):
    return compiled(
        hp,
        layers.RandomTranslation(0.05, 0.05),
        layers.RandomRotation(hp.Float("rotation", 0.02, 0.1)),
        layers.RandomZoom(0.1),
    )


def augmented_colours(hp):
    return compiled(
        hp,
        layers.RandomContrast(0.2),
        layers.RandomBrightness(0.1, value_range=(0.0, 1.0)),
    )


def cropped(hp):
    return compiled(hp, layers.ZeroPadding2D(2), layers.CenterCrop(8, 8))


def resized(hp):
    return compiled(hp, layers.Resizing(6, 6))


def normalized(hp):
    return compiled(hp, layers.Normalization(mean=0.3, variance=0.14))


def adapted(hp):
    """The statistics come from images that the author generated."""
    import numpy as np

    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, 0.7, (50, 8, 8, 1)))
    return compiled(hp, layer)


def vectors_first(hp):
    return compiled(hp, layers.Reshape((64,)), layers.Dense(64, activation="relu"))


def sequences_first(hp):
    return compiled(hp, layers.Reshape((8, 8)), layers.Conv1D(16, 3))
