"""Ranges of hyperparameters that a user gives in place of the family's."""

from __future__ import annotations

import pytest
from keras_tuner import HyperParameters

from bench.errors import SpaceError
from bench.searchers.space import of_size, with_ranges
from search_spaces.parts.sizes import Range


@pytest.fixture
def space() -> HyperParameters:
    space = HyperParameters()
    space.Choice("filters", [6, 12, 24], default=12)
    space.Float("dropout", 0.0, 0.6, step=0.1, default=0.5)
    space.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    space.Int("depth", 1, 3, default=2)
    space.Boolean("normalized", default=True)
    space.Fixed("averaging", 0.99)
    optimizer = space.Choice("optimizer", ["adam", "sgd", "lion"], default="adam")
    assert optimizer == "adam"
    with space.conditional_scope("optimizer", ["sgd"]):
        space.Float("momentum", 0.5, 0.99, default=0.9)
    return space


def changed(space: HyperParameters, name: str, text: str) -> dict:
    result = with_ranges(space, {name: text})
    assert [e.name for e in result.space] == [e.name for e in space.space]
    entry = next(each for each in result.space if each.name == name)
    return entry.get_config()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("filters", "16..128", {"min_value": 16, "max_value": 128, "default": 16}),
        ("filters", "6..128", {"min_value": 6, "sampling": "log"}),
        ("filters", "16..128:16", {"step": 16, "sampling": "linear", "default": 16}),
        ("filters", "16,32", {"values": [16, 32], "default": 16}),
        ("filters", "32", {"values": [32], "default": 32}),
        ("dropout", "0.1..0.3", {"min_value": 0.1, "max_value": 0.3, "default": 0.3}),
        ("dropout", "0..0.9", {"min_value": 0.0, "default": 0.5}),
        ("learning_rate", "1e-5..1", {"sampling": "log", "default": 1e-3}),
        ("depth", "4..9:2", {"min_value": 4, "step": 2, "default": 4}),
        ("optimizer", "sgd, lion", {"values": ["sgd", "lion"], "default": "sgd"}),
        ("averaging", "0,0.99", {"values": [0.0, 0.99], "default": 0.99}),
        ("momentum", "0.8,0.95", {"values": [0.8, 0.95], "default": 0.95}),
    ],
)
def test_range_replaces_that_of_the_family(
    name: str, text: str, expected: dict, space: HyperParameters
) -> None:
    config = changed(space, name, text)
    assert {key: config[key] for key in expected} == expected


def test_conditions_stay(space: HyperParameters) -> None:
    result = with_ranges(space, {"momentum": "0.1..0.2"})
    entry = next(each for each in result.space if each.name == "momentum")
    assert [condition.name for condition in entry.conditions] == ["optimizer"]


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("filters", "128..16", "LOW..HIGH"),
        ("filters", "16..", "LOW..HIGH"),
        ("filters", "0.5..3", "LOW..HIGH"),
        ("filters", "16..64:0", "LOW..HIGH:STEP"),
        ("filters", "16..64:x", "LOW..HIGH:STEP"),
        ("filters", "0..64", "above 0"),
        ("filters", "-4,8", "above 0"),
        ("dropout", "-0.1..0.5", "at least 0"),
        ("averaging", "-0.1,0.5", "at least 0"),
        ("dropout", "nan..1", "LOW..HIGH"),
        ("dropout", "0..inf", "LOW..HIGH"),
        ("optimizer", "adam,momentum", "adam, sgd, lion"),
        ("optimizer", "adam..sgd", "adam, sgd, lion"),
        ("normalized", "maybe", "normalized"),
        ("width", "1..2", "width"),
    ],
)
def test_what_is_no_range_is_refused(
    name: str, text: str, part: str, space: HyperParameters
) -> None:
    with pytest.raises(SpaceError, match=part):
        with_ranges(space, {name: text})


def test_size_replaces_ranges_and_defaults_of_what_it_names(
    space: HyperParameters,
) -> None:
    sized = of_size(
        space,
        {
            "filters": Range("12,48", 48),
            "dropout": Range(None, 0.31),
            "depth": Range(None, 9),
            "optimizer": Range(None, "sgd"),
            "momentum": Range("0.9"),
            "of_other_images": Range("1"),
        },
    )
    entries = {entry.name: entry for entry in sized.space}
    assert list(entries) == [entry.name for entry in space.space]
    assert (entries["filters"].values, entries["filters"].default) == ([12, 48], 48)
    assert entries["dropout"].default == pytest.approx(0.3)
    assert (entries["depth"].max_value, entries["depth"].default) == (3, 3)
    assert entries["optimizer"].default == "sgd"
    assert entries["momentum"].conditions == space.space[-1].conditions
    assert entries["learning_rate"].get_config() == space.space[2].get_config()


def test_fixed_hyperparameter_gets_a_range(space: HyperParameters) -> None:
    space.Fixed("layers", 1)
    sized = of_size(space, {"layers": Range("1..3", 2)}).space[-1]
    assert (sized.min_value, sized.max_value, sized.default) == (1, 3, 2)
