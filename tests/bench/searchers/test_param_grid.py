"""How a search space is laid out for scikit-learn."""

import keras_tuner
import pytest

from bench.errors import SpaceError
from bench.records import EVERY
from bench.searchers import param_grid as layout


def entry(declare) -> object:
    hp = keras_tuner.HyperParameters()
    declare(hp)
    return hp.space[0]


@pytest.mark.parametrize(
    ("declare", "expected"),
    [
        (lambda hp: hp.Choice("a", ["x", "y"]), ["x", "y"]),
        (lambda hp: hp.Boolean("a"), [True, False]),
        (lambda hp: hp.Fixed("a", 3), [3]),
        (lambda hp: hp.Int("a", 1, 4), [1, 2, 3, 4]),
        (lambda hp: hp.Int("a", 0, 100, step=5), [0, 25, 50, 75, 100]),
        (lambda hp: hp.Int("a", 1, 16, sampling="log"), [1, 2, 4, 8, 16]),
        (lambda hp: hp.Float("a", 0.0, 1.0), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (
            lambda hp: hp.Float("a", 1e-4, 1e-2, sampling="log"),
            [1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2],
        ),
        (lambda hp: hp.Float("a", 0.0, 0.3 + 1e-9, step=0.1), [0.0, 0.1, 0.2, 0.3]),
    ],
)
def test_values_on_a_grid(declare, expected) -> None:
    found = layout.values(entry(declare))
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_conditional_hyperparameters_are_only_on_grids_where_they_are_active(
    space: keras_tuner.HyperParameters,
) -> None:
    first, second = layout.grids(space)
    assert first["optimizer"] == ["adam"]
    assert "momentum" not in first
    assert second["optimizer"] == ["sgd"]
    assert "rate" not in second


def test_condition_on_a_fixed_hyperparameter_is_met_or_not() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Fixed("optimizer", "sgd")
    for name in ("adam", "sgd"):
        with hp.conditional_scope("optimizer", [name]):
            hp.Choice(f"of_{name}", [1, 2])
    assert layout.grids(hp) == [{"of_sgd": [1, 2]}]


def test_grid_of_more_than_200_is_refused_with_its_size_and_ways_out(
    space: keras_tuner.HyperParameters,
) -> None:
    with pytest.raises(SpaceError, match=r"this one has 800: .*--only.*--fix") as said:
        layout.grid(space, EVERY, 0, None)
    assert "--tuner sklearn-random" in str(said.value)
    assert "--trials" in str(said.value)


def test_number_of_trials_takes_a_sample_of_a_grid(
    space: keras_tuner.HyperParameters,
) -> None:
    drawn = layout.grid(space, 250, 0, None)
    assert len(drawn) == 250
    assert len({str(one) for one in drawn}) == 250
    assert drawn != layout.grid(space, 250, 1, None)


def test_only_what_a_cap_accepts_is_laid_out(
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    def is_small(values) -> bool:
        return values["depth"] < 4

    for lay_out in (layout.grid, layout.distributions):
        left = lay_out(tiny_space, 10, 0, is_small)
        assert sorted(one["depth"] for one in left) == [[1], [2], [3]]


def test_cap_that_accepts_nothing_is_refused(
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    with pytest.raises(SpaceError, match="--max-parameters"):
        layout.grid(tiny_space, 10, 0, lambda values: False)
