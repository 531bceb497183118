"""Trains on JAX in its own process, and prints results for test_jax_epochs.py."""

from __future__ import annotations

import json
import time

from bench.training import backend

backend.start("jax")

import keras  # noqa: E402
import keras_tuner  # noqa: E402
import numpy as np  # noqa: E402

from bench import datasets  # noqa: E402
from bench.records import EPOCH_SHARE  # noqa: E402
from bench.training.compiled.cache import CompiledModelCache  # noqa: E402
from bench.training.compiled.compiled_model import CompiledModel  # noqa: E402
from bench.training.evaluators.classification import Classification  # noqa: E402
from bench.training.time_limit import time_limit  # noqa: E402
from search_spaces.family import ImageTask  # noqa: E402
from search_spaces.lenet import LeNet  # noqa: E402

BATCH = 100


def build(seed: int, **values: object) -> keras.Model:
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    hp.values = {"filters": 6, **values}
    return LeNet(ImageTask(image_shape=(8, 8, 1), classes=10)).build(hp)


def train_epochs(compiled: CompiledModel, images: int) -> list[dict[str, float]]:
    return [
        compiled.train_epoch(
            np.random.default_rng(epoch).permutation(images), None, BATCH
        )
        for epoch in range(2)
    ]


def train_by_batches(model: keras.Model, task: datasets.Task) -> None:
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(len(task.train))
        for start in range(0, len(order), BATCH):
            indices = order[start : start + BATCH]
            model.train_on_batch(task.train.images[indices], task.train.labels[indices])


def main() -> None:
    task = datasets.load(
        datasets.DataSetRequest(
            dataset="digits",
            validation_fraction=0.2,
            test_fraction=0.5,
        )
    )
    results = {}
    for optimizer in ("adam", "sgd"):
        values = {"optimizer": optimizer, "dropout": 0.0, "weight_decay": 0.01}
        cache = CompiledModelCache(Classification(task))
        compiled = cache.take(build(0, **values))
        model = build(0, **values)
        metrics = train_epochs(compiled, len(task.train))
        train_by_batches(model, task)
        images = task.test.images
        outputs = compiled.predict(images), model.predict(images, verbose=0)
        traces = compiled.traces
        in_pieces = CompiledModelCache(Classification(task)).take(build(0, **values))
        with time_limit(time.monotonic() + 1000):
            metrics_in_pieces = train_epochs(in_pieces, len(task.train))
            validated = in_pieces.validate()
        with time_limit(time.monotonic() - 1):
            (cut, _) = train_epochs(in_pieces, len(task.train))
        reused = cache.take(build(0, **values))
        results[optimizer] = {
            "module": type(compiled).__module__,
            "metrics": metrics,
            "largest_difference": float(np.abs(outputs[0] - outputs[1]).max()),
            "metrics_in_pieces": metrics_in_pieces,
            "validated": len(validated) == len(task.validation),
            "share_of_cut": cut[EPOCH_SHARE] * len(task.train),
            "metrics_of_reused": train_epochs(reused, len(task.train)),
            "new_traces": compiled.traces - traces,
            "is_reused": reused is compiled,
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
