"""Configurations that a search tries first, and how they are chosen."""

import json
from pathlib import Path

import keras_tuner
import numpy as np
import pytest

from bench.errors import SpaceError
from bench.searchers.measured import Measured, shipped
from bench.searchers.portfolio import configurations
from bench.searchers.space import active, narrow, with_ranges
from search_spaces import FAMILIES

CANDIDATES = ({"depth": 2}, {"depth": 1}, {"depth": 3}, {"depth": 4}, {"depth": 5})


def make_measured(scores: list[list[float]]) -> Measured:
    data_sets = tuple("abc"[: len(scores[0])])
    return Measured(
        data_sets=data_sets,
        titles=data_sets,
        configurations=CANDIDATES[: len(scores)],
        scores=np.array(scores),
    )


@pytest.fixture
def measured() -> Measured:
    """Depth 3 suits two data sets, depth 4 the third, and the default none."""
    scores = [
        [0.5, 0.5, 0.5],
        [0.4, 0.4, 0.4],
        [0.9, 0.8, 0.5],
        [0.5, 0.5, 0.9],
        [0.6, 0.6, 0.6],
    ]
    return make_measured(scores)


def given(folder: Path, content: object) -> str:
    path = folder / "first.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_choice_covers_every_data_set(measured: Measured) -> None:
    assert measured.chosen() == [2, 3]


def test_choice_is_as_long_as_asked_for(measured: Measured) -> None:
    assert measured.chosen(1) == [2]


def test_own_scores_of_a_data_set_choose_nothing_for_it(measured: Measured) -> None:
    assert 3 not in measured.without("c").chosen()


def test_failed_training_is_the_worst() -> None:
    scores = [[0.5, 0.5], [np.nan, 0.7], [0.8, 0.65], [0.4, 0.4]]
    assert make_measured(scores).chosen()[0] == 2


def test_data_set_on_which_most_trainings_failed_still_counts() -> None:
    scores = [[0.5, 0.5], [0.5, np.nan], [0.5, np.nan], [0.5, np.nan], [0.5, 0.9]]
    assert make_measured(scores).chosen() == [4]


def test_data_set_on_which_every_training_failed_chooses_nothing() -> None:
    measured = make_measured([[0.5, np.nan], [0.7, np.nan], [0.6, np.nan]])
    assert measured.chosen() == [1]
    assert np.array_equal(measured.best(), [0.7, np.nan], equal_nan=True)


def test_default_that_is_best_everywhere_has_no_portfolio() -> None:
    assert make_measured([[0.9, 0.9], [0.5, 0.5], [0.4, 0.8]]).chosen() == []


def test_configurations_outside_of_a_narrowed_space_are_left_out(
    space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    narrowed = with_ranges(space, {"depth": "2..4"})
    path = given(tmp_path, {"mine": [{"depth": 1}, {"depth": 4, "width": 64}]})
    (found,) = configurations("mine", "a", narrowed, space, path)
    assert (found["depth"], found["width"]) == (4, 64)


def test_fixed_hyperparameters_keep_their_values(
    space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    narrowed = narrow(space, None, {"optimizer": "sgd"})
    path = given(tmp_path, {"mine": [{"depth": 4, "optimizer": "adam", "rate": 1e-3}]})
    (found,) = configurations("mine", "a", narrowed, space, path)
    assert found == {**active(narrowed, {}), "depth": 4}
    assert found["optimizer"] == "sgd"


def test_configuration_is_tried_once(
    space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    path = given(tmp_path, {"mine": [{"depth": 4}, {}, {"depth": 4}]})
    assert len(configurations("mine", "a", space, space, path)) == 1


def test_none_asks_for_no_portfolio(space: keras_tuner.HyperParameters) -> None:
    assert configurations("lenet", "a", space, space, "none") == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"lenet": [3]}', '{"vgg": [{}]}'])
def test_file_without_configurations_is_refused(
    text: str, space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    path = tmp_path / "first.json"
    path.write_text(text)
    with pytest.raises(SpaceError, match="--portfolio takes none, or a JSON file"):
        configurations("lenet", "a", space, space, str(path))


def test_missing_file_is_refused(
    space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    with pytest.raises(SpaceError, match=r"can't be read .*check its path"):
        configurations("lenet", "a", space, space, str(tmp_path / "absent.json"))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"rate": None}, "rate takes 0.0001 to 0.01, logarithmic, not null"),
        ({"rate": [0.1]}, r"rate takes .*, not \[0.1\]"),
        ({"rate": "0.001"}, 'rate takes .*, not "0.001"'),
        ({"rate": 0.1}, "rate takes .*, not 0.1"),
        ({"depth": 3.0}, "depth takes 1 to 4, not 3.0"),
        ({"depth": True}, "depth takes 1 to 4, not true"),
        ({"depth": 9}, "depth takes 1 to 4, not 9"),
        ({"width": 24}, "width takes 8, 16, 32, 64, not 24"),
        ({"dropout": 0.25}, "dropout takes 0 to 0.5 by 0.1, not 0.25"),
        ({"optimiser": "sgd"}, "'optimiser'; did you mean 'optimizer'"),
    ],
)
def test_value_that_is_not_of_the_family_is_refused(
    values: object, rule: str, space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    path = given(tmp_path, {"mine": [values]})
    with pytest.raises(SpaceError, match=rule):
        configurations("mine", "a", space, space, path)


def test_value_of_a_wider_range_is_taken_with_its_type(
    space: keras_tuner.HyperParameters, tmp_path: Path
) -> None:
    wider = with_ranges(space, {"depth": "1..9", "dropout": "0.0..2.0"})
    path = given(tmp_path, {"mine": [{"depth": 9, "dropout": 1}]})
    (found,) = configurations("mine", "a", wider, space, path)
    assert found["depth"] == 9
    assert repr(found["dropout"]) == "1.0"


def test_shipped_portfolios_are_of_families_that_there_are() -> None:
    assert shipped().keys() <= FAMILIES.keys()
