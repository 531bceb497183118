"""Schedules of learning rates, and the epochs at which searches compare trials."""

import keras_tuner
import numpy as np
import pytest

from bench.searchers.asha import rung_epochs
from search_spaces.parts import training

STEPS = 100
"""Steps of an epoch."""


def configuration(schedule: str) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = {"optimizer": "adam", "learning_rate": 1.0, "schedule": schedule}
    return hp


@pytest.mark.parametrize("epochs", [20, 27, 50, 81, 200])
def test_warm_up_ends_well_before_the_first_rung(epochs: int) -> None:
    rates = training.learning_rates(configuration("cosine"), epochs * STEPS)
    warm = int(np.argmax(rates))
    assert warm < 0.6 * rung_epochs(epochs)[0] * STEPS
    assert np.all(np.diff(rates[: warm + 1]) > 0)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_last_fall_is_where_the_rate_falls_for_the_last_time(schedule: str) -> None:
    hp = configuration(schedule)
    rates = training.learning_rates(hp, STEPS)
    falls = np.flatnonzero(np.diff(rates) < -0.5 * rates[:-1]) + 1
    share = training.last_fall(hp)
    assert share == (falls[-1] / STEPS if schedule == "step" else 0.0)
