"""Loading families, and the refusal of anything that is no family."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import FamilyError
from bench.training import hypermodel
from search_spaces import FAMILIES
from search_spaces.family import Family, ImageTask

TASK = ImageTask(image_shape=(8, 8, 1), classes=3)


def refusal(family: str, task: ImageTask = TASK) -> str:
    """The message of the error that loading a family raises, a single line."""
    with pytest.raises(FamilyError) as refused:
        hypermodel.load(family, task)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", FAMILIES)
def test_family_of_the_table_takes_raw_pixels_and_has_no_custom_fit(name: str) -> None:
    source = hypermodel.load(name, ImageTask(image_shape=(16, 16, 1), classes=3))
    assert isinstance(source.hypermodel, Family)
    assert source.takes_raw_pixels
    assert not source.has_custom_fit


def test_family_in_a_users_file_is_treated_as_one_of_the_table(
    write_family: Callable,
) -> None:
    body = """
    from search_spaces.vgg import VGG

    class Mine(VGG):
        pass
    """
    source = hypermodel.load(write_family(body, "Mine"), TASK)
    assert source.takes_raw_pixels
    assert source.hypermodel.task == TASK


def test_family_is_found_in_a_package(
    write_family: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_family("def build(hp): return compiled()", file="some_package.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert not hypermodel.load("some_package:build", TASK).takes_raw_pixels


def test_file_may_import_its_neighbours(
    write_family: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "neighbour_of_mine.py").write_text("UNITS = 3")
    location = write_family("from neighbour_of_mine import UNITS\ndef build(hp): pass")
    assert hypermodel.load(location, TASK).hypermodel.name == "build"


def test_fingerprint_changes_with_the_file(write_family: Callable) -> None:
    before = hypermodel.load(write_family("def build(hp): pass"), TASK).fingerprint
    same = hypermodel.load(write_family("def build(hp): pass"), TASK).fingerprint
    edited = hypermodel.load(write_family("def build(hp): return 1"), TASK).fingerprint
    assert same == before
    assert edited != before


def test_fingerprint_changes_with_the_file_that_the_family_was_imported_from(
    write_family: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    location = write_family("from origin_of_mine import build")
    fingerprints = []
    for body in ("def build(hp): pass", "def build(hp): return 1"):
        (tmp_path / "origin_of_mine.py").write_text(body)
        monkeypatch.delitem(sys.modules, "origin_of_mine", raising=False)
        fingerprints.append(hypermodel.load(location, TASK).fingerprint)
    assert fingerprints[0] != fingerprints[1]


def test_missing_file_is_named(tmp_path: Path) -> None:
    message = refusal(f"{tmp_path / 'gone.py'}:build")
    assert "gone.py" in message
    assert "PATH.py:NAME" in message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def build(hp) return 1", "SyntaxError"),
        ("raise RuntimeError('one\\ntwo')", "RuntimeError: one two"),
    ],
    ids=["import", "syntax", "two lines"],
)
def test_file_that_fails_to_import_is_refused_with_its_error(
    write_family: Callable, body: str, reason: str
) -> None:
    message = refusal(write_family(body))
    assert reason in message
    assert "mine.py" in message


def test_missing_package_is_refused() -> None:
    assert "No module named 'no_such_package'" in refusal("no_such_package:build")


def test_unknown_name_is_refused_with_the_nearest(write_family: Callable) -> None:
    body = """
    def build_model(hp): pass
    class Other(keras_tuner.HyperModel): pass
    def helper(x): pass
    """
    message = refusal(write_family(body, "build_modle"))
    assert "did you mean 'build_model'?" in message
    assert "Other" in message
    assert "helper" not in message


@pytest.mark.parametrize(
    "body", ["mine = 3", "mine = None", "class mine: pass", "import json as mine"]
)
def test_object_that_is_no_family_is_refused(write_family: Callable, body: str) -> None:
    message = refusal(write_family(body, "mine"))
    assert "HyperModel" in message
    assert "build(hp)" in message


def test_constructor_with_other_parameters_is_refused(write_family: Callable) -> None:
    body = """
    class Mine(keras_tuner.HyperModel):
        def __init__(self, depth):
            super().__init__()
    """
    message = refusal(write_family(body, "Mine"))
    assert "depth" in message
    assert "give an instance" in message


def test_images_too_small_for_a_family_are_refused_with_their_size() -> None:
    message = refusal("vgg", ImageTask(image_shape=(3, 40, 1), classes=2))
    assert "3x40" in message
    assert "--image-size" in message
