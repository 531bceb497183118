"""A training that its author wrote is called as Keras Tuner calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Task
from bench.datasets.streamed import Files, StreamedImages, as_array
from bench.training.request import FinalRequest

OWN_MODEL = """
calls = []

class Own(keras.Sequential):
    def fit(self, *args, **kwargs):
        calls.append(kwargs)
        return super().fit(*args, **kwargs)

def build(hp):
    hp.Choice("batch_size", [16, 32])
    model = Own([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
    return compiled(model)
"""
PROMOTED = """
class Seen(keras.callbacks.Callback):
    epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)

class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        self.seen = Seen()
        self.seen.epochs.clear()
        return compiled()

    def fit(self, hp, model, *args, callbacks, **kwargs):
        self.kwargs = kwargs
        callbacks = [self.seen, *callbacks]
        return model.fit(*args, callbacks=callbacks, **kwargs)
"""


def hypermodel(fit: str, build: str = "compiled()") -> str:
    """A hypermodel with the body of a ``fit``."""
    return f"""
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return {build}

    def fit(self, hp, model, *args, **kwargs):
        {fit}
"""


@pytest.fixture
def train(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> Callable:
    """Train a family from its file's text; returns the runner, result and epochs."""

    def train(body: str, name: str = "Mine", task: Task = stripes, **changes: object):
        runner, epochs = make_runner(write_family(body, name), task), collector()
        result = runner(make_request(**({"epochs": 3} | changes)), epochs)
        assert result.error is None, result.traceback
        return runner, result, epochs

    return train


def test_own_fit_of_a_model_is_called(train: Callable) -> None:
    runner, _, epochs = train(
        OWN_MODEL, "build", hyperparameters={"batch_size": 16}, epochs=2
    )
    [call] = runner.trainer.source.hypermodel._function.__globals__["calls"]
    assert (call["epochs"], call["batch_size"], len(epochs)) == (2, 16, 2)


def test_own_fit_of_a_model_is_refused_for_streamed_images(
    make_runner: Callable,
    make_request: Callable,
    write_family: Callable,
    stripes: Task,
    collector: type,
) -> None:
    encoded = Files(Path(), np.zeros(len(stripes.train), bytes))
    images = StreamedImages(
        encoded=encoded, positions=np.arange(len(encoded)), image_shape=(8, 8, 1)
    )
    task = replace(stripes, train=replace(stripes.train, images=as_array(images)))
    runner = make_runner(write_family(OWN_MODEL, "build"), task)
    request = make_request(hyperparameters={"batch_size": 16})
    result = runner(request, collector())
    assert "with its own fit: it needs all in memory; raise --memory" in result.error


def test_promoted_fit_begins_at_the_epoch_of_its_parent(
    train: Callable, tmp_path: object
) -> None:
    checkpoint = tmp_path / "0.npz"
    train(PROMOTED, epochs=2, checkpoint=checkpoint)
    runner, result, epochs = train(PROMOTED, epochs=5, parent=checkpoint)
    mine = runner.trainer.source.hypermodel
    assert (mine.kwargs["initial_epoch"], mine.kwargs["epochs"]) == (2, 5)
    assert mine.seen.epochs == [2, 3, 4]
    assert [epoch.epoch for epoch in epochs] == [3, 4, 5]
    assert result.epochs == 5


def test_fit_that_takes_no_initial_epoch_gets_the_epochs_that_are_left(
    train: Callable, tmp_path: object
) -> None:
    body = hypermodel("pass").replace(
        "*args, **kwargs):\n        pass",
        "x, y, epochs, callbacks):\n"
        "        return model.fit(x, y, epochs=epochs, callbacks=callbacks, verbose=0)",
    )
    checkpoint = tmp_path / "0.npz"
    train(body, epochs=2, checkpoint=checkpoint)
    _, result, epochs = train(body, epochs=5, parent=checkpoint)
    assert ([epoch.epoch for epoch in epochs], result.epochs) == ([3, 4, 5], 5)


def test_epochs_that_a_fit_searches_are_its_own(train: Callable) -> None:
    body = hypermodel("return model.fit(*args, epochs=hp.Int('e', 2, 9), **kwargs)")
    _, result, _ = train(body, epochs=3)
    assert result.epochs == 2


def test_fit_ends_with_the_epochs_of_its_trial(train: Callable) -> None:
    body = hypermodel("return model.fit(*args, epochs=9, **kwargs)")
    _, result, _ = train(body, epochs=3)
    assert result.epochs == 3


def test_callbacks_of_a_fit_are_called(train: Callable) -> None:
    body = hypermodel("""
        callbacks = kwargs.pop("callbacks") + [
            keras.callbacks.EarlyStopping("val_loss", min_delta=9.0, patience=1),
            keras.callbacks.ReduceLROnPlateau("val_loss", min_delta=9.0, patience=1),
            keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1)),
        ]
        model.fit(*args, callbacks=callbacks, **kwargs)
        self.rate = float(model.optimizer.learning_rate)
    """)
    runner, result, _ = train(body, epochs=5)
    assert result.epochs == 2
    assert runner.trainer.source.hypermodel.rate == pytest.approx(0.025)


@pytest.mark.parametrize(
    "weights",
    [
        "class_weight={0: 0.0, 1: 1.0, 2: 0.0}",
        "sample_weight=(args[1] == 1).astype('float32')",
    ],
)
def test_weights_of_classes_and_images_are_used(train: Callable, weights: str) -> None:
    body = hypermodel(f"return model.fit(*args, {weights}, **kwargs)")
    runner, result, _ = train(body.replace("compiled()", "compiled(rate=0.5)"))
    task = runner.trainer.inputs.images.task
    share = float(np.mean(task.validation.labels == 1))
    assert result.metrics["validation_accuracy"] == pytest.approx(share)


RETURNS = ["0.3", "{'val_accuracy': 0.3}", "[0.3, 0.4]", "None"]


@pytest.mark.parametrize("returned", RETURNS)
def test_result_of_a_fit_does_not_replace_the_validation(
    train: Callable, returned: str
) -> None:
    body = hypermodel(f"model.fit(*args, **kwargs)\n        return {returned}")
    _, result, epochs = train(body)
    assert len(epochs) == 3
    assert result.metrics["validation_accuracy"] > 0.6


OWN_LOOP = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return layers()  # not compiled, as in Keras Tuner's guide

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        loss = keras.losses.SparseCategoricalCrossentropy()
        optimizer = keras.optimizers.Adam(0.05)
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(9):
            with __import__("tensorflow").GradientTape() as tape:
                value = loss(y, model(x, training=True))
            gradients = tape.gradient(value, model.trainable_weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_weights))
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": value})
        return float(value)
"""


def test_own_loop_of_a_model_that_is_not_compiled_reports_its_epochs(
    make_runner: Callable, stripes: Task, write_family: Callable, collector: type
) -> None:
    epochs = collector()
    runner = make_runner(write_family(OWN_LOOP, "Mine"), stripes)
    request = FinalRequest(hyperparameters={}, seed=0, epochs=4, patience=4)
    record = runner(request, epochs).record
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4]
    assert epochs[0].metrics["my_metric"] > epochs[-1].metrics["my_metric"]
    assert record.metrics["test_log_loss"] > 0
