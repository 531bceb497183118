"""From what was typed to specifications."""

import pytest

from bench.errors import BenchError, DatasetError, FamilyError, UsageError
from bench.records import Budget, StudySpec
from bench.study import specs as arguments


def test_nothing_typed_but_a_family_gives_the_defaults() -> None:
    assert arguments.specs(["vgg"]) == [StudySpec(family="vgg")]


def test_everything_typed_arrives() -> None:
    (spec,) = arguments.specs(
        ["dense"],
        dataset="mnist",
        tuner="grid",
        trials=7,
        epochs=9,
        patience=2,
        time="1h30m",
        seeds=5,
        seed=11,
        only=["units, dropout", "units"],
        fix=["optimizer = sgd", "note=a=b"],
        validation_fraction=0.3,
        test_fraction=0.2,
        image_size="12x20",
        backend="tensorflow",
    )
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
    )


def test_weights_go_to_families_that_take_any() -> None:
    families = ["vgg", "transfer", "own.py:Model"]
    specs = arguments.specs(families, weights="net.h5")
    assert [spec.weights for spec in specs] == [None, "net.h5", "net.h5"]


def test_each_family_is_studied_once_in_the_order_given() -> None:
    specs = arguments.specs(["vgg", "dense", "vgg", "own.py:Model"])
    assert [spec.family for spec in specs] == ["vgg", "dense", "own.py:Model"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("45", 45),
        (" 3M ", 180),
        ("0.5s", 0.5),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert arguments.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10x", "-5m", "10m!", "m", "1 h", "1e3"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--time takes a duration") as refused:
        arguments.seconds(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "size"), [("64", (64, 64)), ("32x48", (32, 48)), ("8X9", (8, 9))]
)
def test_image_sizes_are_height_by_width(text: str, size: tuple[int, int]) -> None:
    assert arguments.size(text) == size


@pytest.mark.parametrize("text", ["", "big", "3x", "x3", "1x2x3", "-4", "4.5"])
def test_other_image_sizes_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--image-size takes") as refused:
        arguments.size(text)
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
    ],
)
def test_bad_arguments_say_what_was_given_and_what_is_near(
    options: dict, kind: type[BenchError], parts: list[str]
) -> None:
    families = options.pop("families", ["vgg"])
    with pytest.raises(kind) as refused:
        arguments.specs(families, **options)
    for part in parts:
        assert part in str(refused.value)


def test_backend_comes_from_the_environment_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "no-such")
    with pytest.raises(UsageError, match="no-such"):
        arguments.specs(["vgg"])
    assert arguments.specs(["vgg"], backend="tensorflow")[0].backend == "tensorflow"
