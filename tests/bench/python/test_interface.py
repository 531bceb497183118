"""``import bench``: what it gives, what it costs, and how it answers wrong words."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import bench
from bench.errors import UsageError
from bench.python.asking import asked
from bench.study.requests import request, search_options
from search_spaces import FAMILY_OPTIONS

LIGHT = """
import sys
import bench

heavy = {"numpy", "pandas", "keras", "tensorflow", "jax", "torch", "keras_tuner"}
assert not heavy & set(sys.modules), "import bench"
assert {"search", "plan", "load", "leaderboard", "families", "Study"} <= set(dir(bench))
bench.search, bench.plan, bench.load, bench.leaderboard, bench.Study
assert not heavy - {"numpy"} & set(sys.modules), "names"
assert "vgg" in bench.families().index
try:
    bench.search("vgg", trails=5)
except bench.BenchError as error:
    assert "did you mean 'trials'" in str(error), error
backends = {"keras", "tensorflow", "jax", "torch", "keras_tuner"}
assert not backends & set(sys.modules), "answers"
"""


def test_importing_bench_and_asking_imports_no_backend() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'serach'"):
        bench.serach  # noqa: B018


_SEARCH_ONLY = ("track", "fresh", "quiet")


@pytest.mark.parametrize("function", [bench.search, bench.plan])
def test_signature_and_help_show_every_option_with_its_default(
    function: object,
) -> None:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    left_out = _SEARCH_ONLY if function is bench.plan else ()
    for option in search_options():
        if option.name in left_out:
            assert option.name not in signature.parameters
        elif option in FAMILY_OPTIONS:
            assert signature.parameters[option.name].default is None
        else:
            assert signature.parameters[option.name].default == option.default
            assert f"{option.name}: " in (function.__doc__ or "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trails": 5}, "did you mean 'trials'"),
        ({"trials": 0}, "--trials must lie between"),
        ({"trials": "5"}, "--trials takes a whole number, not '5'"),
        ({"noise_mean": 0.5}, "--noise-mean goes with"),
        ({"dataset": "digist"}, "did you mean 'digits'"),
        ({"name": "a\nb"}, "--name takes printable text"),
    ],
)
def test_wrong_option_is_refused_as_on_the_command_line(
    options: dict, said: str
) -> None:
    with pytest.raises(bench.BenchError, match=said):
        bench.search("vgg", **options)


def test_plan_refuses_what_only_a_search_takes() -> None:
    with pytest.raises(UsageError, match="unknown option 'fresh'"):
        bench.plan("vgg", fresh=True)


def test_request_is_that_of_the_command_line() -> None:
    words = {"trials": 5, "time": "10m", "image_size": "32", "fix": ["dropout=0.5"]}
    python = {"trials": 5, "time": "10m", "image_size": (32, 32)}
    python["fix"] = {"dropout": 0.5}
    assert asked("vgg", "digits", None, python) == request(["vgg"], words)


def test_path_is_a_folder_or_a_file_of_arrays() -> None:
    assert asked("vgg", Path("photos"), None, {}).specs[0].dataset == "folder:photos"
    assert asked("vgg", Path("a/b.npz"), None, {}).specs[0].dataset == "npz:a/b.npz"


def test_class_of_a_family_is_the_family_of_its_name() -> None:
    from search_spaces.vgg import VGG

    assert asked(VGG, "digits", None, {}) == request(["vgg"], {})


def test_missing_results_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(bench.BenchError, match="nowhere"):
        bench.load(tmp_path / "nowhere")


def test_name_is_that_of_the_leaderboard_whatever_the_data_set_is(
    tmp_path: Path,
) -> None:
    (tmp_path / "photos.csv").touch()
    for given in (tmp_path / "photos.csv", str(tmp_path / "photos.csv")):
        [spec] = asked("dense", given, "birds", {}).specs
        assert (spec.dataset, spec.name) == (f"csv:{tmp_path / 'photos.csv'}", "birds")
    [spec] = asked("dense", tmp_path, None, {}).specs
    assert (spec.dataset, spec.name) == (f"folder:{tmp_path}", None)
