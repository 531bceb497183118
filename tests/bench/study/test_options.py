"""Declared options: on the command line, in Python, and in a printed command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.cli import main
from bench.errors import flag
from bench.records import AUTO, Budget, SearchRequest, StudySpec, options_of
from bench.report import search_command
from bench.study.requests import request, search_options
from search_spaces import FAMILY_OPTIONS, takers
from search_spaces.parts.options import Option

OPTIONS = {option.name: option for option in search_options()}

OF_SPECS = [
    *(option.name for option in options_of(StudySpec).values()),
    *(option.name for option in options_of(Budget).values()),
    *(option.name for option in FAMILY_OPTIONS),
]
"""Options that are part of a study's identity, and so of its command."""

VALUES: dict[str, Any] = {
    "dataset": "folder:my photos",
    "name": "my birds",
    "classes_from": "leaf",
    "image_size": "12x20",
    "images": 500,
    "groups": "my patients.csv",
    "validation_fraction": 0.1 + 0.2,
    "test_fraction": 1e-05,
    "data": Path("my data"),
    "skip_unreadable": True,
    "cache_size": "1.5G",
    "tuner": "grid",
    "schedule": "asha",
    "smallest_part": 700,
    "folds": 4,
    "seed": 11,
    "trials": 7,
    "epochs": 9,
    "patience": 2,
    "time": "1h30m0.25s",
    "seeds": 5,
    "repeats": 3,
    "ensemble": 4,
    "skip_default": True,
    "only": ["units, dropout", "units"],
    "fix": ["optimizer = sgd", "note=a=b c"],
    "space": ["units = 16..128:16", "loss=a,b"],
    "size": "paper",
    "portfolio": "none",
    "max_parameters": 1000,
    "variants": "loss",
    "backend": "jax",
    "precision": "bfloat16",
    "workers": 2,
    "devices": 2,
    "seeds_at_once": 2,
    "memory": "1.5G",
    "trial_timeout": "2m",
    "executor": "ray",
    "ray_address": "head:6379",
    "resources_per_trial": "cpus=2,gpus=0.5",
    "results": Path("my results"),
    "config": Path(__file__).with_name("options.toml"),
    "track": ["tensorboard"],
    "fresh": True,
    "quiet": True,
    "metric": "macro_f1",
    "weights": "my net.h5",
    "noise_mean": -0.5,
    "noise_variance": 0.25,
    "min_compression": 12.0,
    "fid_network": "inception",
    "labels": "one-hot",
    "pixels": "raw",
}
"""A value other than the default for every option, as in a TOML file."""

NEEDED = {
    "schedule": {"tuner": "random"},
    "folds": {"tuner": "sklearn-random"},
    "ray_address": {"executor": "ray"},
    "resources_per_trial": {"executor": "ray"},
}
"""Options without which others are refused."""


@pytest.fixture
def any_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepts backends that aren't installed."""
    monkeypatch.setattr(
        "bench.training.backend.choose", lambda name: name or "tensorflow"
    )


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SearchRequest]:
    """Parses a command by the command line's parser; returns what it asks for."""
    requests: list[SearchRequest] = []

    class Session:
        @staticmethod
        def search(asked: SearchRequest, *_: object, **__: object) -> None:
            requests.append(asked)

    def start(*_: object, **__: object) -> type[Session]:
        return Session

    monkeypatch.setattr("bench.cli.search.start_with_workers", start)
    monkeypatch.setattr("bench.study.early.check", lambda asked: None)
    monkeypatch.setattr("bench.study.early.load", lambda asked: None)

    def request_of(command: str) -> SearchRequest:
        words = shlex.split(command)
        assert words[:4] == ["python", "-m", "bench", "search"]
        with pytest.raises(SystemExit) as ended:
            main(words[3:])
        assert ended.value.code == 0
        return requests.pop()

    return request_of


def family_for(name: str) -> str:
    return next(iter(takers(name)), "dense")


def typed(option: Option, value: Any) -> list[str]:
    """An option and its value as a user types them."""
    if option.kind is bool:
        return [flag(option.name)]
    values = value if isinstance(value, list) else [value]
    return [word for each in values for word in (flag(option.name), str(each))]


def test_every_option_has_a_help_text_and_a_group() -> None:
    assert len(OPTIONS) == len(search_options())
    for option in OPTIONS.values():
        assert option.help.endswith(".")
        assert option.group
        assert option.group != Option(name="", kind=str, help="").group


def test_every_option_has_a_value_in_these_tests() -> None:
    assert VALUES.keys() == OPTIONS.keys()


def test_options_of_a_group_stand_together() -> None:
    groups = [option.group for option in search_options()]
    assert groups == sorted(groups, key=groups.index)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.usefixtures("any_backend")
def test_option_means_the_same_on_the_command_line_and_in_python(
    name: str, request_of: Callable[[str], SearchRequest]
) -> None:
    family, options = family_for(name), {name: VALUES[name]} | NEEDED.get(name, {})
    asked = request([family], options)
    assert asked != request([family], NEEDED.get(name, {}))
    words = ["python", "-m", "bench", "search", family]
    for option, value in options.items():
        words += typed(OPTIONS[option], value)
    assert request_of(shlex.join(words)) == asked


@pytest.mark.parametrize("name", OF_SPECS)
@pytest.mark.usefixtures("any_backend")
def test_command_of_a_study_is_parsed_to_the_same_study(
    name: str, request_of: Callable[[str], SearchRequest]
) -> None:
    options = {name: VALUES[name]} | NEEDED.get(name, {})
    (spec,) = request([family_for(name)], options).specs
    assert flag(name) in shlex.split(search_command(spec))
    assert request_of(search_command(spec)).specs == (spec,)


@pytest.mark.usefixtures("any_backend")
def test_command_of_a_study_with_all_options_is_parsed_to_the_same_study(
    request_of: Callable[[str], SearchRequest],
) -> None:
    options = {name: VALUES[name] for name in OF_SPECS if name != "folds"}
    options |= {"tuner": "random"}
    (spec,) = request(["my nets.py:Net"], options).specs
    assert {option.name for option in FAMILY_OPTIONS} == spec.options.keys()
    assert request_of(search_command(spec)).specs == (spec,)


def test_command_of_a_default_study_names_the_family_alone() -> None:
    (spec,) = request(["vgg"], {}).specs
    assert search_command(spec) == "python -m bench search vgg"


@given(
    fraction=st.floats(0, 1, exclude_min=True, exclude_max=True),
    seconds=st.floats(1e-3, 1e8),
    mean=st.floats(-1, 1),
)
@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_numbers_of_a_command_are_parsed_digit_for_digit(
    request_of: Callable[[str], SearchRequest],
    fraction: float,
    seconds: float,
    mean: float,
) -> None:
    spec = StudySpec(
        family="autoencoder",
        budget=Budget(seconds=seconds),
        validation_fraction=fraction,
        options={} if mean == 0.1 else {"noise_mean": mean},
        precision=AUTO,
    )
    assert request_of(search_command(spec)).specs == (spec,)
