"""Prints maps of a network with given weights; the backend is the only argument."""

from __future__ import annotations

import json
import sys

import numpy as np

from bench.training import backend


def maps() -> dict[str, list]:
    import keras

    from bench.models.explain.maps import explain

    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    images = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(6, 3, activation="relu")(images)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Add()([x, keras.layers.Conv2D(6, 3, padding="same")(x)])
    x = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(images, keras.layers.Activation("softmax")(x))
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 0.3, weight.shape))
    pixels = random.uniform(0, 1, (3, 12, 12, 3)).astype("float32")
    classes = np.array([0, 1, 2])
    methods = ("grad-cam", "hires-cam", "integrated-gradients", "occlusion")
    return {
        method: explain([model], pixels, classes, method=method).values.tolist()
        for method in methods
    }


if __name__ == "__main__":
    backend.start(sys.argv[1])
    print(json.dumps(maps()))
