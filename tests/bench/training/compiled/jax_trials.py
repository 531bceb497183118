"""Train on JAX in a process of its own; prints what test_scanned.py looks at."""

from __future__ import annotations

import json

from bench.training import backend

backend.start("jax")

import keras  # noqa: E402
import keras_tuner  # noqa: E402
import numpy as np  # noqa: E402

from bench import datasets  # noqa: E402
from bench.training.compiled.cache import Programs  # noqa: E402
from search_spaces.family import ImageTask  # noqa: E402
from search_spaces.lenet import LeNet  # noqa: E402

BATCH = 100


def built(seed: int, **values: object) -> keras.Model:
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    hp.values = {"filters": 6, **values}
    return LeNet(ImageTask(image_shape=(8, 8, 1), classes=10)).build(hp)


def compiled(program: object, images: int) -> list[dict[str, float]]:
    return [
        program.train_epoch(
            np.random.default_rng(epoch).permutation(images), None, BATCH
        )
        for epoch in range(2)
    ]


def by_batches(model: keras.Model, task: datasets.Task) -> None:
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(len(task.train))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            model.train_on_batch(task.train.images[rows], task.train.labels[rows])


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
    found = {}
    for optimizer in ("adam", "sgd"):
        values = {"optimizer": optimizer, "dropout": 0.0, "weight_decay": 0.01}
        programs = Programs(task)
        program = programs.take(built(0, **values))
        model = built(0, **values)
        logs = compiled(program, len(task.train))
        by_batches(model, task)
        images = task.test.images
        outputs = program.predict(images), model.predict(images, verbose=0)
        again = programs.take(built(0, **values))
        found[optimizer] = {
            "kind": type(program).__module__,
            "logs": logs,
            "largest_difference": float(np.abs(outputs[0] - outputs[1]).max()),
            "again": compiled(again, len(task.train)),
            "traces": program.traces,
            "is_reused": again is program,
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
