"""Trains on one and on two devices of JAX, and prints results for their test."""

from __future__ import annotations

import json
from typing import Any

from bench.training import backend, devices

backend.start("jax")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from bench import datasets  # noqa: E402
from bench.training.compiled.cache import CompiledModelCache  # noqa: E402
from bench.training.evaluators.classification import Classification  # noqa: E402

IMAGES = 717
"""An odd number: the last batch of an epoch of batches of 100 can't be divided."""

BATCHES = {"divided": 100, "odd": 75, "normalized": 100}
"""Sizes of the batches; 75 can't be divided between two devices."""


def build(*, normalizes: bool) -> keras.Model:
    """A network with dropout, which has batch normalization or not.

    It is smooth: a maximum of two values that differ by rounding could go either way.
    """
    keras.utils.set_random_seed(0)
    normalization = [keras.layers.BatchNormalization()] if normalizes else []
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Conv2D(6, 3),
            *normalization,
            keras.layers.Activation("tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.AdamW(1e-2, weight_decay=0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(
    task: datasets.Task, model: keras.Model, batch_size: int, names: tuple[str, ...]
) -> tuple[np.ndarray, list[dict[str, float]], Any]:
    """Outputs for the test images, the metrics of two epochs, and the model."""
    compiled = CompiledModelCache(Classification(task), names).take(model)
    metrics = [
        compiled.train_epoch(
            np.random.default_rng(epoch).permutation(IMAGES), None, batch_size
        )
        for epoch in range(2)
    ]
    return compiled.predict(task.test.images), metrics, compiled


def all_reduces(compiled: Any, batch_size: int) -> int:
    """How often a step of a batch adds what the devices computed."""
    state = compiled.state()
    batches, rates = np.zeros((1, batch_size), int), np.zeros(1, "float32")
    lowered = compiled._train.lower(state, *compiled.data, batches, rates)
    return lowered.compile().as_text().count("all-reduce(")


def main() -> None:
    task = datasets.load(
        datasets.DataSetRequest(
            dataset="digits",
            validation_fraction=0.2,
            test_fraction=0.5,
        )
    )
    names = devices.of_worker(0, 2)
    results = {}
    for name, size in BATCHES.items():
        models = [build(normalizes=name == "normalized") for _ in range(2)]
        one, alone, _ = trained(task, models[0], size, ())
        two, together, compiled = trained(task, models[1], size, names)
        results[name] = {
            "difference": float(np.abs(one - two).max()),
            "of_metrics": max(
                abs(a[key] - b[key])
                for a, b in zip(alone, together, strict=True)
                for key in a
            ),
            "losses": [epoch["loss"] for epoch in together],
            "all_reduces": all_reduces(compiled, size),
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
