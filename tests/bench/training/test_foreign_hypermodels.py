"""Somebody's Keras Tuner project is trained without changing a line of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.datasets import Task

OWN_FIT = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled()

    def fit(self, hp, model, *args, **kwargs):
        self.seen = args[0]
        return model.fit(*args, batch_size=hp.Choice("own_batch", [16, 32]), **kwargs)
"""
OWN_LOOP = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled()

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        for _ in range(3):
            model.train_on_batch(x, y)
"""
MODELS = {
    "build function": ("def build(hp): return compiled()", "build"),
    "lambda": ("build = lambda hp: compiled()", "build"),
    "class": (
        """
        class Mine(keras_tuner.HyperModel):
            def build(self, hp):
                return compiled()
        """,
        "Mine",
    ),
    "class that asks for the task": (
        """
        class Mine(keras_tuner.HyperModel):
            def __init__(self, input_shape, classes):
                super().__init__()
                self.known = input_shape, classes

            def build(self, hp):
                shape, classes = self.known
                return compiled(layers(classes, shape=shape))
        """,
        "Mine",
    ),
    "instance": (
        """
        class Mine(keras_tuner.HyperModel):
            def __init__(self, units):
                super().__init__()
                self.units = units

            def build(self, hp):
                return compiled(layers(self.units))

        mine = Mine(3)
        """,
        "mine",
    ),
    "logits": (
        """
        def build(hp):
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            return compiled(layers(activation=None), loss)
        """,
        "build",
    ),
    "one-hot loss": (
        "def build(hp): return compiled(loss=keras.losses.CategoricalCrossentropy())",
        "build",
    ),
    "loss by its class's name": (
        "def build(hp): return compiled(loss='SparseCategoricalCrossentropy')",
        "build",
    ),
    "no Input": (
        """
        def build(hp):
            return compiled(keras.Sequential([
                keras.layers.Flatten(),
                keras.layers.Dense(3, activation="softmax"),
            ]))
        """,
        "build",
    ),
    "subclass of Model": (
        """
        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.all = layers()

            def call(self, x):
                return self.all(x)

        def build(hp):
            return compiled(Own(), loss="categorical_crossentropy")
        """,
        "build",
    ),
    "own fit": (OWN_FIT, "Mine"),
}


@pytest.mark.parametrize(("body", "name"), MODELS.values(), ids=MODELS)
def test_foreign_hypermodel_learns(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    body: str,
    name: str,
) -> None:
    epochs = collect()
    result = work(write(body, name), stripes)(request_for(epochs=3), epochs)
    assert result.error is None, result.traceback
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert result.metrics["validation_accuracy"] > 0.6
    assert result.metrics["validation_log_loss"] < 1
    assert result.metrics["loss"] < 1


@pytest.mark.parametrize("from_logits", [False, True])
def test_single_output_tells_two_classes_apart(
    work: Callable,
    make_stripes: Callable,
    request_for: Callable,
    write: Callable,
    collect: type,
    from_logits: bool,
) -> None:
    build = f"""
    def build(hp):
        loss = keras.losses.BinaryCrossentropy(from_logits={from_logits})
        return compiled(layers(1, None if {from_logits} else "sigmoid"), loss)
    """
    two = make_stripes(classes=2)
    result = work(write(build), two)(request_for(epochs=3), collect())
    assert result.error is None, result.traceback
    assert result.metrics["validation_accuracy"] > 0.8
    assert result.metrics["validation_log_loss"] < 0.6


def test_images_reach_foreign_models_as_floats_between_zero_and_one(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    mine = work(write(OWN_FIT, "Mine"), stripes)
    assert mine(request_for(epochs=1), collect()).error is None
    seen = mine.source.hypermodel.seen
    assert seen.dtype == "float32"
    assert (seen * 255).round().tolist() == stripes.train.images.tolist()


def test_own_fit_is_stopped_by_the_report_and_by_patience(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    body = OWN_FIT.replace("compiled()", "compiled(rate=0.0)")
    mine = work(write(body, "Mine"), stripes)
    assert mine(request_for(epochs=9), collect(most=2)).epochs == 2
    assert mine(request_for(epochs=9, patience=2), collect()).epochs == 3


def test_hyperparameters_of_an_own_fit_come_back(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    result = work(write(OWN_FIT, "Mine"), stripes)(request_for(epochs=1), collect())
    [found] = result.space["space"]
    assert found["config"]["name"] == "own_batch"


@pytest.mark.parametrize("most", [1, 3], ids=["stopped early", "trained in full"])
def test_own_fit_that_is_over_is_not_called_again(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    tmp_path,
    most: int,
) -> None:
    body = OWN_FIT.replace("compiled()", "compiled(rate=0.0)")
    mine = work(write(body, "Mine"), stripes)
    kept = tmp_path / "0.npz"
    first = request_for(epochs=most + 1, patience=most, checkpoint=kept)
    parent = mine(first, collect())
    del mine.source.hypermodel.seen
    again = request_for(epochs=most + 1, patience=most, parent=kept)
    assert mine(again, collect()).epochs == parent.epochs == most + 1
    assert not hasattr(mine.source.hypermodel, "seen")


def test_own_loop_without_callbacks_counts_as_one_epoch(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    epochs = collect()
    result = work(write(OWN_LOOP, "Mine"), stripes)(request_for(), epochs)
    assert result.error is None, result.traceback
    assert (result.epochs, result.best_epoch, len(epochs)) == (1, 1, 1)
    assert set(result.metrics) == {"validation_accuracy", "validation_log_loss"}


def test_promoted_own_loop_is_validated_again(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    tmp_path,
) -> None:
    mine = work(write(OWN_LOOP, "Mine"), stripes)
    kept, epochs = tmp_path / "0.npz", collect()
    parent = mine(request_for(checkpoint=kept), collect())
    promoted = mine(request_for(parent=kept), epochs)
    assert [epoch.epoch for epoch in epochs] == [2]
    log_loss = "validation_log_loss"
    assert epochs[0].metrics[log_loss] < parent.metrics[log_loss]
    assert promoted.epochs == 2


@pytest.mark.slow
def test_resnet_of_keras_tuner_trains_an_epoch(
    work: Callable, make_stripes: Callable, request_for: Callable, collect: type
) -> None:
    colour = make_stripes(shape=(32, 32, 3), count=60)
    resnet = work("keras_tuner.applications:HyperResNet", colour)
    result = resnet(request_for(epochs=1), collect())
    assert result.error is None, result.traceback
    assert result.parameters > 1_000_000


def test_resnet_of_keras_tuner_builds_for_the_task(
    work: Callable, make_stripes: Callable
) -> None:
    import keras_tuner

    colour = make_stripes(shape=(32, 32, 3), count=60)
    resnet = work("keras_tuner.applications:HyperResNet", colour)
    model = resnet.source.hypermodel.build(keras_tuner.HyperParameters())
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 3))
    assert resnet.programs.task.train.images.max() <= 1
