"""Models that scale pixels get those of the data set, and all others [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.errors import FamilyError
from bench.records import Budget, StudySpec
from bench.study.prepare import PreparedStudy, prepare
from bench.training.pixel_scale import scaling
from bench.training.trial_runner import TrialRunner, scaled_task

INPUTS = (32, 32, 3)


def functional(scale: Callable) -> keras.Model:
    inputs = keras.Input(INPUTS)
    outputs = keras.layers.GlobalAveragePooling2D()(scale(inputs))
    return keras.Model(inputs, keras.layers.Dense(3)(outputs))


class Subclass(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.scale = keras.layers.Rescaling(1 / 127.5, offset=-1)

    def call(self, inputs: object) -> object:
        return self.scale(inputs)


preprocess = keras.applications.mobilenet_v2.preprocess_input
SCALING = {
    "layer": lambda: functional(keras.layers.Rescaling(1 / 255)),
    "layer of a subclass": Subclass,
    "layer without Input": lambda: keras.Sequential([keras.layers.Rescaling(1 / 255)]),
    "nested": lambda: functional(
        keras.Sequential([keras.Input(INPUTS), keras.layers.Rescaling(1 / 255)])
    ),
    "division": lambda: functional(lambda x: x / 255.0),
    "multiplication": lambda: functional(lambda x: x * (1 / 255)),
    "preprocess_input": lambda: functional(preprocess),
    "preprocess_input by means": lambda: functional(
        keras.applications.resnet.preprocess_input
    ),
    "normalization": lambda: functional(
        keras.layers.Normalization(mean=[123, 116, 103], variance=[3400, 3200, 3300])
    ),
    "network of Keras": lambda: keras.applications.MobileNetV3Small(
        input_shape=INPUTS, weights=None, classes=3, include_preprocessing=True
    ),
}
OTHERS = {
    "plain": lambda: functional(lambda x: x),
    "rescaling to [-1, 1]": lambda: functional(keras.layers.Rescaling(2.0, offset=-1)),
    "halves": lambda: functional(lambda x: x / 2.0 + 1.0),
    "normalization of [0, 1]": lambda: functional(
        keras.layers.Normalization(mean=[0.5] * 3, variance=[0.1] * 3)
    ),
    "normalization that isn't adapted": lambda: functional(
        keras.layers.Normalization()
    ),
}


@pytest.mark.parametrize("build", SCALING.values(), ids=SCALING)
def test_model_that_scales_pixels_is_recognized(build: Callable) -> None:
    assert scaling(build()) is not None


@pytest.mark.parametrize("build", OTHERS.values(), ids=OTHERS)
def test_model_that_scales_no_pixels_is_recognized(build: Callable) -> None:
    assert scaling(build()) is None


RESCALING = """
def build(hp):
    hp.Choice("units", [4, 8])
    return compiled(keras.Sequential([
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]))
"""
PLAIN = RESCALING.replace("keras.layers.Rescaling(1 / 255),", "")


def prepared(family: str, task: Task, **options: str) -> PreparedStudy:
    spec = StudySpec(
        family=family, tuner="random", budget=Budget(trials=1), options=options
    )
    return prepare(spec, task)


@pytest.mark.parametrize(
    ("body", "asked", "chosen", "note"),
    [
        (RESCALING, "auto", "raw", "divides pixels by 255"),
        (PLAIN, "auto", "unit", "none of their layers scales them"),
        (PLAIN, "raw", "raw", None),
        (RESCALING, "unit", "unit", None),
    ],
)
def test_pixels_are_chosen_and_said(
    write_family: Callable,
    stripes: Task,
    body: str,
    asked: str,
    chosen: str,
    note: str | None,
) -> None:
    study = prepared(write_family(body), stripes, pixels=asked)
    assert study.spec.options["pixels"] == chosen
    images = scaled_task(stripes, study.source).train.images
    assert images.dtype == np.float32
    expected = stripes.train.images / (1 if chosen == "raw" else 255)
    np.testing.assert_allclose(images, expected, rtol=1e-6)
    assert (note is None) == (study.notes == ())
    assert note is None or note in study.notes[0]


def test_choice_of_pixels_that_equals_the_found_one_is_the_same_study(
    write_family: Callable, stripes: Task
) -> None:
    family = write_family(RESCALING)
    found, said, other = (
        prepared(family, stripes, pixels=pixels).id
        for pixels in ("auto", "raw", "unit")
    )
    assert found == said != other


def test_model_that_scales_pixels_learns(
    write_family: Callable,
    stripes: Task,
    make_request: Callable,
    collector: type,
    tmp_path: Path,
) -> None:
    study = prepared(write_family(RESCALING), stripes)
    task = scaled_task(stripes, study.source)
    runner = TrialRunner(
        study.imported_source(), task, tmp_path, config=study.evaluator_config
    )
    result = runner(make_request(hyperparameters={"units": 4}, epochs=3), collector())
    assert result.metrics["validation_accuracy"] > 0.6


REFUSED = {
    "several inputs": (
        """
        def build(hp):
            a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
            x = keras.layers.Flatten()(a + b)
            return compiled(keras.Model([a, b], keras.layers.Dense(3)(x)))
        """,
        "takes 2",
    ),
    "not compiled": ("def build(hp): return layers()", "not compiled"),
    "wrong outputs": ("def build(hp): return compiled(layers(7))", "(None, 7)"),
    "several outputs": (
        """
        def build(hp):
            x = keras.Input((8, 8, 1))
            flat = keras.layers.Flatten()(x)
            heads = [keras.layers.Dense(3)(flat), keras.layers.Dense(3)(flat)]
            return compiled(keras.Model(x, heads), loss="mse")
        """,
        "2 outputs",
    ),
    "other images": (
        "def build(hp): return compiled(layers(shape=(28, 28, 1)))",
        "(28, 28, 1)",
    ),
    "loss of no labels": (
        "def build(hp): return compiled(loss=lambda y, p: 1 / 0)",
        "--labels",
    ),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_model_that_does_not_fit_is_refused_before_the_first_trial(
    write_family: Callable, stripes: Task, body: str, reason: str
) -> None:
    with pytest.raises(FamilyError) as refused:
        prepared(write_family(body), stripes)
    message = str(refused.value)
    assert reason in message
    assert "\n" not in message


def test_labels_that_the_user_says_reach_the_loss(
    write_family: Callable, stripes: Task
) -> None:
    body = "def build(hp): return compiled(loss='mse')"
    study = prepared(write_family(body), stripes, labels="integer")
    assert study.evaluator_config.options["labels"] == "integer"
    family = study.imported_source().hypermodel.build(study.problem.space)
    encoded = study.evaluator_config.evaluator(stripes).targets(family)
    assert encoded.shape == stripes.train.labels.shape
