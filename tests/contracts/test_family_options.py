"""Every hyperparameter of a family changes what is trained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import keras
import keras_tuner
import numpy as np
import pytest
from family_marks import quick

from search_spaces.family import Family, ImageTask

Configure = Callable[..., keras_tuner.HyperParameters]

TASK = ImageTask(image_shape=(16, 16, 1), classes=3)


class Fake:
    """A stand-in for a model that stores the batch size of its fit."""

    def fit(self, *arrays: object, batch_size: int, **options: object) -> None:
        self.batch_size = batch_size


def training_of(family: Family, hp: keras_tuner.HyperParameters) -> str:
    """Text of a configuration's layers, optimizer, learning rates and batch size."""
    keras.utils.set_random_seed(0)
    model = family.build(hp)
    fake = Fake()
    family.fit(hp, fake, np.zeros((512, *TASK.image_shape)), np.zeros(512))
    optimizer = model.optimizer.get_config() | {"kind": type(model.optimizer).__name__}
    rates = family.learning_rates(hp, 50).tolist()
    warm_up = family.warm_up(hp)
    parts = [
        model.to_json(),
        optimizer,
        rates,
        fake.batch_size,
        warm_up and warm_up.learning_rate,
    ]
    # Keras numbers names through the whole process.
    return re.sub(r'_\d+(?=\\*")', "", json.dumps(parts, default=str))


def hyperparameters(family: Family) -> list:
    space = keras_tuner.HyperParameters()
    family.declare_hyperparameters(space)
    return list(space.space)


def parents(hyperparameter: keras_tuner.engine.hyperparameters.HyperParameter) -> dict:
    """Values of other hyperparameters that make a conditional one active."""
    return {c.name: c.values[0] for c in hyperparameter.conditions}


@quick("linear", "cnn", "vgg", "resnet", "convnext", "transfer", "autoencoder")
def test_every_hyperparameter_changes_what_is_trained(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    trainings: dict[str, str] = {}

    def training(**values: object) -> str:
        hp = configure(family, **values)
        key = json.dumps(hp.values, sort_keys=True)
        if key not in trainings:
            trainings[key] = training_of(family, hp)
        return trainings[key]

    idle = []
    for hyperparameter in hyperparameters(family):
        name, others = hyperparameter.name, parents(hyperparameter)
        first, *_, last = [hyperparameter.default, *hyperparameter.values]
        if len(list(hyperparameter.values)) == 1:  # on this task
            continue
        other = last if last != first else next(iter(hyperparameter.values))
        if training(**others) == training(**others, **{name: other}):
            idle.append(name)
    assert idle == []


def test_same_configuration_is_trained_the_same_way(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    hp = configure(family, 3)
    assert training_of(family, hp) == training_of(family, hp)


def test_inactive_hyperparameters_change_nothing(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    conditional = [h for h in hyperparameters(family) if h.conditions]
    for hyperparameter in conditional:
        hp = configure(family, **parents(hyperparameter))
        assert hyperparameter.name in hp.values
        [condition] = hyperparameter.conditions
        parent = next(h for h in hyperparameters(family) if h.name == condition.name)
        without = [v for v in parent.values if v not in condition.values]
        if without:
            before = configure(family, **{parent.name: without[0]})
            after = before.copy()
            after.values[hyperparameter.name] = list(hyperparameter.values)[-1]
            assert training_of(family, before) == training_of(family, after)


@pytest.mark.parametrize("seed", range(3))
def test_random_configurations_hold_active_values_only(
    family_class: type[Family], configure: Configure, seed: int
) -> None:
    family = family_class(TASK)
    hp = configure(family, seed)
    before = set(hp.values)
    family.build(hp)
    assert set(hp.values) == before
