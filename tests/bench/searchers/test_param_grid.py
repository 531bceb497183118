"""Search spaces as scikit-learn's grids and distributions."""

from collections.abc import Callable, Mapping

import keras_tuner
import pytest

from bench.errors import SpaceError
from bench.records import EVERY, Value
from bench.searchers import param_grid


def entry(declare: Callable) -> object:
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
def test_values_on_a_grid(declare: Callable, expected: list) -> None:
    values = param_grid.values(entry(declare))
    assert values == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


def test_conditional_hyperparameters_are_only_on_grids_where_they_are_active(
    space: keras_tuner.HyperParameters,
) -> None:
    first, second = param_grid.grids(space)
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
    assert param_grid.grids(hp) == [{"of_sgd": [1, 2]}]


def test_grid_of_more_than_200_is_refused_with_its_size_and_ways_out(
    space: keras_tuner.HyperParameters,
) -> None:
    with pytest.raises(
        SpaceError, match=r"this one has 800: .*--only.*--fix"
    ) as refused:
        param_grid.grid(space, EVERY, 0, None)
    assert "--tuner sklearn-random" in str(refused.value)
    assert "--trials" in str(refused.value)


@pytest.mark.parametrize("count", [12, 18])
def test_sample_of_a_large_grid_is_drawn_without_making_it(count: int) -> None:
    space = keras_tuner.HyperParameters()
    for number in range(count):
        space.Choice(f"c{number}", list(range(10)))
    assert param_grid.size(param_grid.grids(space)) == 10**count
    assert len(param_grid.grid(space, 5, 0, None)) == 5
    with pytest.raises(SpaceError, match=r"this one has (1,000|about 10\*\*18)"):
        param_grid.grid(space, EVERY, 0, None)


@pytest.mark.parametrize("draw", [param_grid.grid, param_grid.draws])
def test_grid_beyond_64_bits_is_refused(draw: Callable) -> None:
    space = keras_tuner.HyperParameters()
    for number in range(40):
        space.Choice(f"c{number}", list(range(10)))
    with pytest.raises(SpaceError, match=r"about 10\*\*40"):
        draw(space, 5, 0, None)


def test_number_of_trials_takes_a_sample_of_a_grid(
    space: keras_tuner.HyperParameters,
) -> None:
    sample = param_grid.grid(space, 250, 0, None)
    assert len(sample) == 250
    assert len({str(candidate) for candidate in sample}) == 250
    assert sample != param_grid.grid(space, 250, 1, None)


def test_grids_hold_accepted_candidates_only(
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    def is_small(values: Mapping[str, Value]) -> bool:
        return values["depth"] < 4

    for make_grids in (param_grid.grid, param_grid.draws):
        grids = make_grids(tiny_space, 10, 0, is_small)
        assert sorted(grid["depth"] for grid in grids) == [[1], [2], [3]]


def test_parameter_limit_that_accepts_nothing_is_refused(
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    with pytest.raises(SpaceError, match="--max-parameters"):
        param_grid.grid(tiny_space, 10, 0, lambda values: False)
