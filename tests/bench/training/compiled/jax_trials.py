"""Trains on JAX in its own process, and prints results for test_jax_epochs.py."""

from __future__ import annotations

import json

from bench.training import backend

backend.start("jax")

import keras  # noqa: E402
import keras_tuner  # noqa: E402
import numpy as np  # noqa: E402

from bench import datasets  # noqa: E402
from bench.training.compiled.cache import CompiledModelCache  # noqa: E402
from bench.training.compiled.compiled_model import (  # noqa: E402
    CompiledModel,
    CutShortError,
)
from bench.training.evaluators.classification import Classification  # noqa: E402
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


def is_cut_short(compiled: CompiledModel, images: int) -> bool:
    """Whether a deadline in the past ends an epoch."""
    try:
        compiled.train_epoch(np.arange(images), None, BATCH, deadline=1.0)
    except CutShortError:
        return True
    return False


def train_by_batches(model: keras.Model, task: datasets.Task) -> None:
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(len(task.train))
        for start in range(0, len(order), BATCH):
            indices = order[start : start + BATCH]
            model.train_on_batch(task.train.images[indices], task.train.labels[indices])


def main() -> None:
    task = datasets.load(
        "digits",
        data_folder=None,
        validation_fraction=0.2,
        test_fraction=0.5,
        seed=0,
        image_size=None,
        skip_unreadable=False,
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
        is_cut = is_cut_short(compiled, len(task.train))
        traces = compiled.traces
        reused = cache.take(build(0, **values))
        results[optimizer] = {
            "module": type(compiled).__module__,
            "metrics": metrics,
            "largest_difference": float(np.abs(outputs[0] - outputs[1]).max()),
            "metrics_of_reused": train_epochs(reused, len(task.train)),
            "new_traces": compiled.traces - traces,
            "is_cut_short": is_cut,
            "is_reused": reused is compiled,
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
