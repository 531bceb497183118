"""The structure of a model, which decides whether two models share compiled epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest

from bench.training.compiled.structure import structure


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


def decaying(chosen: Callable) -> keras.Model:
    keras.utils.clear_session(free_memory=False)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    optimizer = keras.optimizers.SGD(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=chosen(model.layers[0]))
    model.compile(optimizer, "mse")
    return model


def test_weights_that_are_listed_not_to_decay_are_part_of_the_structure() -> None:
    bias, kernel = (lambda layer: [layer.bias]), (lambda layer: [layer.kernel])
    assert structure(decaying(bias)) == structure(decaying(bias))
    assert structure(decaying(bias)) != structure(decaying(kernel))
    assert structure(decaying(bias)) != structure(decaying(lambda layer: []))


def adam(**settings: Any) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(0.1, **settings)


SCHEDULE = keras.optimizers.schedules.ExponentialDecay
OPTIMIZERS = {
    "clipnorm": lambda n: adam(clipnorm=n),
    "clipvalue": lambda n: adam(clipvalue=n),
    "global clipnorm": lambda n: adam(global_clipnorm=n),
    "moving averages": lambda n: adam(use_ema=True, ema_momentum=n / 4),
    "overwriting by averages": lambda n: adam(use_ema=True, ema_overwrite_frequency=n),
    "scale of the loss": lambda n: adam(loss_scale_factor=float(n)),
    "accumulated gradients": lambda n: adam(gradient_accumulation_steps=n + 1),
    "schedule": lambda n: keras.optimizers.Adam(SCHEDULE(0.1, n, 0.5)),
    "scaled by itself": lambda n: keras.optimizers.LossScaleOptimizer(
        adam(), dynamic_growth_steps=n
    ),
    "clipped inside": lambda n: keras.optimizers.LossScaleOptimizer(adam(clipnorm=n)),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_constants_of_an_optimizer_are_part_of_the_structure(make: Callable) -> None:
    def model(number: int) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile(make(number), "mse")
        return model

    assert structure(model(1)) == structure(model(1)) is not None
    assert structure(model(1)) != structure(model(2))


class Own(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step: Any) -> Any:
        return 0.1


class OwnMetric(keras.metrics.Mean):
    pass


class OwnRegularizer(keras.regularizers.Regularizer):
    def __call__(self, x: Any) -> Any:
        return keras.ops.sum(x)

    def get_config(self) -> dict:
        return {}


UNKNOWN = {
    "schedule": {"optimizer": lambda: keras.optimizers.SGD(Own())},
    "metric": {"metrics": lambda: [OwnMetric()]},
    "regularizer": {"kernel_regularizer": OwnRegularizer},
}


@pytest.mark.parametrize("parts", UNKNOWN.values(), ids=UNKNOWN)
def test_models_with_a_users_part_share_no_compiled_model(parts: dict) -> None:
    given = {name: make() for name, make in parts.items()}
    regularizer = given.pop("kernel_regularizer", None)
    dense = keras.layers.Dense(2, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((4,)), dense])
    model.compile(**{"optimizer": "sgd", "loss": "mse"} | given)
    assert structure(model) is None
