"""The structure of a model, which decides whether two models share compiled epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest

from bench.training.compiled.structure import structure


def test_constants_of_keras_layers_are_part_of_the_structure() -> None:
    def model(rate: float) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dropout(rate), keras.layers.Dense(2)]
        )
        model.compile("adam", "mse")
        return model

    assert structure(model(0.1)) == structure(model(0.1))
    assert structure(model(0.1)) != structure(model(0.2))


def test_weights_that_do_not_decay_are_part_of_the_structure() -> None:
    def model(excluded: list[str]) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        optimizer = keras.optimizers.SGD(weight_decay=0.1)
        optimizer.exclude_from_weight_decay(var_names=excluded)
        model.compile(optimizer, "mse")
        return model

    assert structure(model(["bias"])) == structure(model(["bias"]))
    assert structure(model(["bias"])) != structure(model(["bias", "kernel"]))


class Doubled(keras.layers.Layer):
    """A layer with a constant that its configuration lacks."""

    factor = 2.0

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def tripled(x: Any) -> Any:
    return 3 * x


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Doubled(),
        lambda: keras.layers.Lambda(lambda x: x + 1),
        lambda: keras.layers.Dense(2, activation=tripled),
    ],
    ids=["user's layer", "lambda", "user's activation"],
)
def test_models_with_unknown_parts_share_no_compiled_model(layer: Callable) -> None:
    model = keras.Sequential([keras.Input((4,)), layer(), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    assert structure(model) is None


def test_presence_of_momentum_is_part_of_the_structure_and_its_amount_is_not() -> None:
    def model(momentum: float) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile(keras.optimizers.SGD(0.1, momentum=momentum), "mse")
        return model

    assert structure(model(0.8)) == structure(model(0.9))
    assert structure(model(0.9)) != structure(model(0.0))
