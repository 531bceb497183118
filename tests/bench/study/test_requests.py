"""Options that a user gave, turned into requests."""

import math
from pathlib import Path
from typing import Any

import pytest

from bench.errors import (
    BenchError,
    DatasetError,
    FamilyError,
    SpaceError,
    UsageError,
    flag,
    shown,
)
from bench.records import AUTO, IN_PAIRS, Budget, SearchRequest, StudySpec
from bench.study import early
from bench.study.requests import request, search_options
from search_spaces import takers
from search_spaces.parts.options import Option


def test_family_alone_gives_the_defaults() -> None:
    asked = request(["vgg"], {})
    assert asked == SearchRequest(specs=(StudySpec(family="vgg", precision=AUTO),))


def test_option_that_is_none_is_not_given() -> None:
    assert request(
        ["vgg"], {option.name: None for option in search_options()}
    ) == request(["vgg"], {})


def test_everything_given_arrives() -> None:
    (spec,) = request(
        ["dense"],
        {
            "dataset": "mnist",
            "tuner": "grid",
            "trials": 7,
            "epochs": 9,
            "patience": 2,
            "time": "1h30m",
            "seeds": 5,
            "seed": 11,
            "only": ["units, dropout", "units"],
            "fix": ["optimizer = sgd", "note=a=b"],
            "validation_fraction": 0.3,
            "test_fraction": 0.2,
            "image_size": "12x20",
            "backend": "tensorflow",
        },
    ).specs
    assert spec == StudySpec(
        family="dense",
        dataset="mnist",
        tuner="grid",
        budget=Budget(trials=7, epochs=9, patience=2, seconds=5400.0),
        seeds=5,
        seed=11,
        only=("dropout", "units"),
        fixed=(("optimizer", "sgd"), ("note", "a=b")),
        validation_fraction=0.3,
        test_fraction=0.2,
        image_size=(12, 20),
        backend="tensorflow",
        precision=AUTO,
    )


def test_options_of_a_family_go_to_families_that_take_them() -> None:
    families = ["vgg", "transfer", "own.py:Model"]
    specs = request(families, {"weights": "net.h5"}).specs
    weights = [spec.options.get("weights") for spec in specs]
    assert weights == [None, "net.h5", "net.h5"]


def test_each_family_is_studied_once_in_the_order_given() -> None:
    specs = request(["vgg", "dense", "vgg", "own.py:Model"], {}).specs
    assert [spec.family for spec in specs] == ["vgg", "dense", "own.py:Model"]


@pytest.mark.parametrize(
    ("text", "size"), [("64", (64, 64)), ("32x48", (32, 48)), ("8X9", (8, 9))]
)
def test_image_sizes_are_height_by_width(text: str, size: tuple[int, int]) -> None:
    assert request(["vgg"], {"image_size": text}).specs[0].image_size == size


@pytest.mark.parametrize("text", ["", "big", "3x", "x3", "1x2x3", "-4", "4.5"])
def test_other_image_sizes_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--image-size takes") as refused:
        request(["vgg"], {"image_size": text})
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("options", "kind", "parts"),
    [
        ({"families": ["vgf"]}, FamilyError, ["'vgf'", "'vgg'", "bench families"]),
        ({"dataset": "digit"}, DatasetError, ["'digit'", "'digits'"]),
        ({"tuner": "hyperbant"}, UsageError, ["'hyperbant'", "'hyperband'"]),
        ({"backend": "tensorflw"}, UsageError, ["'tensorflw'", "'tensorflow'"]),
        ({"fix": ["units"]}, UsageError, ["NAME=VALUE", "'units'"]),
        ({"fix": ["=3"]}, UsageError, ["NAME=VALUE", "'=3'"]),
        ({"fix": ["units=64", "units=128"]}, UsageError, ["units"]),
        ({"trails": 3}, UsageError, ["'trails'", "did you mean 'trials'"]),
        ({"noise_men": 0.1}, UsageError, ["'noise_men'", "did you mean 'noise_mean'"]),
        ({"max-parameters": 9}, UsageError, ["did you mean 'max_parameters'"]),
        ({"weights": "net.h5"}, UsageError, ["goes with transfer or finetune", "vgg"]),
    ],
)
def test_bad_options_say_what_was_given_and_what_is_near(
    options: dict, kind: type[BenchError], parts: list[str]
) -> None:
    families = options.get("families", ["vgg"])
    given = {name: value for name, value in options.items() if name != "families"}
    with pytest.raises(kind) as refused:
        request(families, given)
    for part in parts:
        assert part in str(refused.value)


WRONG = {
    int: [2.5, "x", True, [3], math.nan],
    float: ["x", True, [0.5]],
    bool: ["yes", 1, []],
    str: [[], True, {"a": 1}, "a\0b"],
    Path: [3, True, [], "a\0b", "x" * 300],
}
"""Values of other types than an option's, as a TOML file may hold them."""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (option.name, value)
        for option in search_options()
        if not option.is_repeatable
        for value in WRONG[option.kind]
    ],
)
def test_value_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    family = next(iter(takers(name)), "dense")
    with pytest.raises(UsageError, match=f"{flag(name)} takes ") as refused:
        request([family], {name: value})
    assert shown(value).strip("'") in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("value", [3, True, [3], [[]], {"a": 1}, ["a", None], ["\0"]])
@pytest.mark.parametrize("name", [o.name for o in search_options() if o.is_repeatable])
def test_list_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    if name in IN_PAIRS and isinstance(value, dict):
        return  # a table of names and values, as in a file
    with pytest.raises(UsageError, match=f"{flag(name)} takes text"):
        request(["dense"], {name: value})


@pytest.mark.parametrize("family", [3, None, ["vgg"], {"a": 1}, "a\0:b"])
def test_family_that_is_no_text_is_refused(family: Any) -> None:
    with pytest.raises(FamilyError, match="named by text"):
        request([family], {"weights": "random"})


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), math.inf, -math.inf, 10**5000], ids=shown
)
@pytest.mark.parametrize("option", search_options(), ids=lambda option: option.name)
def test_number_beyond_all_bounds_is_refused(option: Option, value: float) -> None:
    family = next(iter(takers(option.name)), "dense")
    with pytest.raises(UsageError, match=flag(option.name)) as refused:
        request([family], {option.name: value})
    assert len(str(refused.value)) < 400


def test_backend_comes_from_the_environment_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "no-such")
    with pytest.raises(UsageError, match="no-such"):
        request(["vgg"], {})
    (spec,) = request(["vgg"], {"backend": "tensorflow"}).specs
    assert spec.backend == "tensorflow"


def test_options_of_a_file_are_taken_unless_the_command_has_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "options.toml"
    path.write_text("trials = 5\nepochs = 7\n[fix]\ndropout = 0.2\n")
    given = {"config": path, "epochs": 9, "seeds": None}
    (spec,) = request(["dense"], given).specs
    assert (spec.budget.trials, spec.budget.epochs) == (5, 9)
    assert spec.fixed == (("dropout", "0.2"),)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("trails = 5", "did you mean 'trials'"),
        ("trials = ", "must be a TOML file"),
        ('config = "other.toml"', "can't name another"),
        ("trials = 0", "--trials"),
    ],
)
def test_file_of_options_is_checked_as_the_command_is(
    text: str, part: str, tmp_path: Path
) -> None:
    path = tmp_path / "options.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=part):
        request(["dense"], {"config": path})


def test_time_with_a_plus_is_added() -> None:
    added = request(["dense"], {"time": "+10m"})
    assert added.adds_time
    assert added.specs[0].budget.seconds == 600


def test_folder_that_a_known_name_hides_is_said(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    [spec] = request(["dense"], {"dataset": "digits"}).specs
    assert spec.dataset == "digits"
    assert "folder:digits names that" in capsys.readouterr().err
    [spec] = request(["dense"], {"dataset": "folder:digits/"}).specs
    assert spec.dataset == "folder:digits"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("other", [{"workers": 0}, {"executor": "ray"}])
def test_devices_of_a_model_belong_to_workers_of_this_machine(other: dict) -> None:
    with pytest.raises(UsageError, match="--devices needs workers of this machine"):
        request(["linear"], {"backend": "jax", "devices": 2, **other})


@pytest.mark.parametrize("other", [{"devices": 2}, {"executor": "ray"}])
def test_seeds_train_together_on_one_device_of_this_machine(other: dict) -> None:
    with pytest.raises(UsageError, match="--seeds-at-once trains on one device"):
        request(["linear"], {"backend": "jax", "seeds_at_once": 2, **other})


def test_value_of_another_size_is_not_refused_before_keras_is_there() -> None:
    early.check(request(["vgg"], {"size": "paper", "fix": ["filters=64"]}))
    with pytest.raises(SpaceError, match="filters takes 16, 24, 32, not '64'"):
        early.check(request(["vgg"], {"size": "small", "fix": ["filters=64"]}))
    with pytest.raises(SpaceError, match="did you mean 'filters'"):
        early.check(request(["vgg"], {"size": "paper", "fix": ["filter=64"]}))


def test_unknown_size_is_refused() -> None:
    with pytest.raises(UsageError, match="small, base, paper"):
        request(["vgg"], {"size": "large"})
