"""What makes two models share a program, told from their layers and optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest

from bench.training.compiled.cache import structure


def test_constants_of_foreign_layers_are_part_of_the_structure() -> None:
    def model(rate: float) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        made = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dropout(rate), keras.layers.Dense(2)]
        )
        made.compile("adam", "mse")
        return made

    assert structure(model(0.1)) == structure(model(0.1))
    assert structure(model(0.1)) != structure(model(0.2))


def test_weights_that_do_not_decay_are_part_of_the_structure() -> None:
    def model(spared: list[str]) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        optimizer = keras.optimizers.SGD(weight_decay=0.1)
        optimizer.exclude_from_weight_decay(var_names=spared)
        made.compile(optimizer, "mse")
        return made

    assert structure(model(["bias"])) == structure(model(["bias"]))
    assert structure(model(["bias"])) != structure(model(["bias", "kernel"]))


class Doubled(keras.layers.Layer):
    """A layer whose constant stands in no configuration."""

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
    ids=["own layer", "lambda", "own activation"],
)
def test_models_with_unknown_parts_share_no_program(layer: Callable) -> None:
    model = keras.Sequential([keras.Input((4,)), layer(), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    assert structure(model) is None
