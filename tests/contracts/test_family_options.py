"""No hyperparameter of a family is there for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import keras
import keras_tuner
import numpy as np
import pytest

from search_spaces.family import Family, ImageTask

Configure = Callable[..., keras_tuner.HyperParameters]

TASK = ImageTask(image_shape=(16, 16, 1), classes=3)


class Fake:
    """Stands for a model, and keeps the batch size that it was to be fitted with."""

    def fit(self, *arrays: object, batch_size: int, **options: object) -> None:
        self.batch_size = batch_size


def trained_as(family: Family, hp: keras_tuner.HyperParameters) -> str:
    """All that a configuration decides: layers, optimizer, rates and batch size."""
    keras.utils.set_random_seed(0)
    model = family.build(hp)
    fake = Fake()
    family.fit(hp, fake, np.zeros((512, *TASK.image_shape)), np.zeros(512))
    optimizer = model.optimizer.get_config() | {"kind": type(model.optimizer).__name__}
    rates = family.learning_rates(hp, 50).tolist()
    first = family.warm_up(hp)
    kept = [
        model.to_json(),
        optimizer,
        rates,
        fake.batch_size,
        first and first.learning_rate,
    ]
    # Names are numbered on through the whole process.
    return re.sub(r'_\d+(?=\\*")', "", json.dumps(kept, default=str))


def searched(family: Family) -> list:
    space = keras_tuner.HyperParameters()
    family.declare_hyperparameters(space)
    return list(space.space)


def needed(hyperparameter: keras_tuner.engine.hyperparameters.HyperParameter) -> dict:
    """Values of its parents that make a hyperparameter active."""
    return {c.name: c.values[0] for c in hyperparameter.conditions}


def test_every_hyperparameter_changes_what_is_trained(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    idle = []
    for hyperparameter in searched(family):
        name, others = hyperparameter.name, needed(hyperparameter)
        values = list(hyperparameter.values)
        if len(values) == 1:  # on this task
            continue
        outcomes = {
            trained_as(family, configure(family, **others, **{name: value}))
            for value in (values[0], values[-1])
        }
        if len(outcomes) == 1:
            idle.append(name)
    assert idle == []


def test_same_configuration_is_trained_the_same_way(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    hp = configure(family, 3)
    assert trained_as(family, hp) == trained_as(family, hp)


def test_inactive_hyperparameters_change_nothing(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(TASK)
    conditional = [h for h in searched(family) if h.conditions]
    for hyperparameter in conditional:
        hp = configure(family, **needed(hyperparameter))
        assert hyperparameter.name in hp.values
        [condition] = hyperparameter.conditions
        parent = next(h for h in searched(family) if h.name == condition.name)
        without = [v for v in parent.values if v not in condition.values]
        if without:
            before = configure(family, **{parent.name: without[0]})
            after = before.copy()
            after.values[hyperparameter.name] = list(hyperparameter.values)[-1]
            assert trained_as(family, before) == trained_as(family, after)


@pytest.mark.parametrize("seed", range(3))
def test_random_configurations_hold_active_values_only(
    family_class: type[Family], configure: Configure, seed: int
) -> None:
    family = family_class(TASK)
    hp = configure(family, seed)
    before = set(hp.values)
    family.build(hp)
    assert set(hp.values) == before
