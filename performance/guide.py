"""Compares Keras Tuner and ``bench.keras_tuner`` on the search of Keras Tuner's guide.

    python performance/guide.py compare --dataset fashion_mnist --images 10000

Both run the same code, with one import changed: a random search over the layers of a
dense network, with early stopping and two executions of each trial. Keras Tuner trains
in one process, on all cores; this toolkit in one worker for each core.

Each contender has a process of its own, and they run in turns. ``seconds`` starts with
the call of ``search`` and ends with it; workers import Keras meanwhile, as they do for
a user. ``with start-up`` counts the whole process. ``its best, by Keras Tuner`` is the
score that Keras Tuner measured for the configuration that the contender found best.
"""

from __future__ import annotations

import importlib
import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from common import measure_contender, write

CONTENDERS = ("keras_tuner", "bench.keras_tuner")
EXECUTIONS = 2

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def compare(
    dataset: str = "fashion_mnist",
    images: Annotated[int, typer.Option(help="Images, validation included.")] = 10_000,
    trials: int = 10,
    epochs: int = 5,
    repeats: int = 2,
    seed: int = 1,
) -> None:
    """Time the search of both contenders in turns, and compare what they found."""
    request = {
        "dataset": dataset,
        "images": images,
        "trials": trials,
        "epochs": epochs,
        "seed": seed,
    }
    rows: list[dict[str, Any]] = []
    first: dict[str, Any] = {}
    for _ in range(repeats):
        for contender in CONTENDERS:
            asked = request | {"contender": contender}
            costs, outcome = measure_contender(__file__, asked)
            first = first or outcome
            rows.append(
                {
                    "contender": contender,
                    "seconds": round(outcome["seconds"], 1),
                    "with start-up": round(costs.seconds, 1),
                    "CPU s": round(costs.cpu_seconds),
                    "peak MiB": round(costs.peak_mib),
                    "same trials": outcome["values"] == first["values"],
                    "best": round(outcome["scores"][outcome["best"]], 4),
                    "its best, by Keras Tuner": round(
                        first["scores"][outcome["best"]], 4
                    ),
                }
            )
    write(
        "guide",
        rows,
        f"{dataset}, {images} images, {trials} trials of {EXECUTIONS} executions, "
        f"up to {epochs} epochs, seed {seed}",
    )


@app.command()
def contend(request: str, path: Path) -> None:
    """Run one contender's search; called by ``compare``."""
    asked = json.loads(request)
    keras_tuner = importlib.import_module(asked["contender"])
    path.write_text(json.dumps(_search(keras_tuner, asked)))


def _search(keras_tuner: Any, asked: dict[str, Any]) -> dict[str, Any]:
    import keras

    keras.utils.set_random_seed(asked["seed"])
    x, y = _images(asked["dataset"], asked["images"])
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.RandomSearch(
            _build,
            objective="val_accuracy",
            max_trials=asked["trials"],
            executions_per_trial=EXECUTIONS,
            directory=folder,
            seed=asked["seed"],
        )
        started = time.perf_counter()
        tuner.search(
            x,
            y,
            epochs=asked["epochs"],
            validation_split=0.2,
            callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=2)],
        )
        seconds = time.perf_counter() - started
    done = dict(sorted(tuner.oracle.trials.items()))
    return {
        "seconds": seconds,
        "values": [trial.hyperparameters.values for trial in done.values()],
        "scores": {trial_id: trial.score for trial_id, trial in done.items()},
        "best": tuner.oracle.get_best_trials(1)[0].trial_id,
    }


def _build(hp: Any) -> Any:
    import keras

    model = keras.Sequential([keras.layers.Flatten()])
    for i in range(hp.Int("num_layers", 1, 3)):
        units = hp.Int(f"units_{i}", min_value=32, max_value=512, step=32)
        activation = hp.Choice("activation", ["relu", "tanh"])
        model.add(keras.layers.Dense(units, activation=activation))
    if hp.Boolean("dropout"):
        model.add(keras.layers.Dropout(rate=0.25))
    model.add(keras.layers.Dense(10, activation="softmax"))
    rate = hp.Float("lr", min_value=1e-4, max_value=1e-2, sampling="log")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _images(dataset: str, count: int) -> tuple[Any, Any]:
    """Images in [0, 1] with a channel, and their classes."""
    from bench.datasets import catalogue, named

    train = named.load(dataset, catalogue.data_folder(None)).train
    return train.images[:count].astype("float32") / 255, train.labels[:count]


if __name__ == "__main__":
    app()
