"""Starts Keras, and provides the families in the table to the tests here."""

from __future__ import annotations

import importlib
import os
import random
from collections.abc import Callable
from inspect import signature

import keras_tuner
import pytest

from bench.training import backend
from search_spaces import FAMILIES, GENERATION

backend.start("tensorflow")

Point = str | int
"""Point of a search space: ``default``, a corner such as ``low-last``, or a seed."""


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Set a seed, without which deterministic operations refuse to draw."""
    import keras

    keras.utils.set_random_seed(0)


TAKE_IMAGES = [
    name for name, entry in FAMILIES.items() if entry.task_type != GENERATION
]
"""Families whose models take images; generators have a contract of their own."""


@pytest.fixture(params=TAKE_IMAGES)
def family_class(request: pytest.FixtureRequest) -> type:
    module, _, name = FAMILIES[request.param].location.partition(":")
    kind = getattr(importlib.import_module(module), name)
    return _with_weights(kind) if "weights" in signature(kind).parameters else kind


def _with_weights(kind: type) -> type:
    """The class of a pretrained family, with weights that need no download."""

    class Local(kind):  # type: ignore[misc]
        weights = os.environ.get("BENCH_WEIGHTS", "random")

        def __init__(self, task: object) -> None:
            super().__init__(task, weights=self.weights)

    return Local


@pytest.fixture
def configure() -> Callable[..., keras_tuner.HyperParameters]:
    """Return the active values at a point of a family's search space."""

    def configure(
        family: keras_tuner.HyperModel, point: Point = "default", **values: object
    ) -> keras_tuner.HyperParameters:
        space = keras_tuner.HyperParameters()
        family.declare_hyperparameters(space)
        space.values = {}
        draws = random.Random(point)
        for hyperparameter in space.space:
            name = hyperparameter.name
            value = values.get(name, _value(hyperparameter, point, draws))
            if space.is_active(hyperparameter):
                space.values[name] = value
        configuration = keras_tuner.HyperParameters()
        configuration.values = space.values
        return configuration

    return configure


def _value(
    hyperparameter: keras_tuner.engine.hyperparameters.HyperParameter,
    point: Point,
    draws: random.Random,
) -> object:
    if point == "default":
        return hyperparameter.default
    if isinstance(point, int):
        return hyperparameter.random_sample(draws.randrange(2**31))
    end, choice = point.split("-")
    is_number = hasattr(hyperparameter, "max_value")
    values = list(hyperparameter.values)
    is_last = end == "high" if is_number else choice == "last"
    return values[-1 if is_last else 0]
