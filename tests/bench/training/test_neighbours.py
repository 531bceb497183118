"""Files that a family's file imports from beside it are part of its fingerprint."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.training import hypermodel
from search_spaces.family import ImageTask

TASK = ImageTask(image_shape=(8, 8, 1), classes=3)
IMPORTS = {
    "beside": ("import helper_a", "helper_a.py"),
    "from a module": ("from helper_a import UNITS", "helper_a.py"),
    "inside a function": ("def f():\n    import helper_a", "helper_a.py"),
    "package": ("import kit_a", "kit_a/__init__.py"),
    "module of a package": ("from kit_a import blocks", "kit_a/blocks.py"),
    "name in a package": ("import kit_a.blocks.more", "kit_a/blocks.py"),
    "by way of another": ("import helper_b", "helper_a.py"),
    "relative, in a package": ("import kit_a.near", "kit_a/blocks.py"),
}


@pytest.fixture
def load(
    write_family: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Load a family with an import that isn't executed, and return its fingerprint."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "kit_a").mkdir()
    (tmp_path / "kit_a/__init__.py").write_text("")
    (tmp_path / "kit_a/near.py").write_text("from . import blocks")
    (tmp_path / "kit_a/blocks.py").write_text("UNITS = 3")
    (tmp_path / "helper_b.py").write_text("from helper_a import UNITS\nimport helper_b")
    (tmp_path / "helper_a.py").write_text("UNITS = 3")
    (tmp_path / "not_imported.py").write_text("UNITS = 3")

    def load(line: str) -> str:
        body = "\n".join(["if False:", *(f"    {part}" for part in line.split("\n"))])
        return hypermodel.load(
            write_family(f"def build(hp): pass\n{body}\n"), TASK
        ).fingerprint

    return load


@pytest.mark.parametrize(("line", "file"), IMPORTS.values(), ids=IMPORTS)
def test_imported_file_is_part_of_the_fingerprint(
    load: Callable, tmp_path: Path, line: str, file: str
) -> None:
    before = load(line)
    assert load(line) == before
    (tmp_path / "not_imported.py").write_text("UNITS = 4")
    assert load(line) == before
    (tmp_path / file).write_text("UNITS = 4")
    assert load(line) != before


def test_files_of_an_installed_package_are_no_neighbours() -> None:
    import keras_tuner

    from bench.training.neighbours import neighbours

    assert neighbours(keras_tuner) == []
