"""The layout of the code is the one that CONTRIBUTING.md shows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_contributing_lists_every_package_and_no_other() -> None:
    table = re.findall(r"^\| \d \| `([\w/]+)/` \|", _text(), re.MULTILINE)
    packages = [
        str(init.parent.relative_to(ROOT))
        for folder in ("bench", "search_spaces")
        for init in (ROOT / folder).rglob("__init__.py")
    ]
    assert sorted(table) == sorted(set(packages) - {"bench"})


def test_files_that_contributing_names_exist() -> None:
    paths = re.findall(r"`((?:bench|search_spaces|performance)/[\w/.]+)`", _text())
    assert paths
    named = [path for path in paths if "NAME" not in path]
    assert not [path for path in named if not (ROOT / path).exists()]


def test_no_loose_modules_lie_at_the_root_of_bench() -> None:
    modules = {path.name for path in (ROOT / "bench").glob("*.py")}
    assert modules == {"__init__.py", "__main__.py", "errors.py"}


def test_root_of_search_spaces_holds_families_alone() -> None:
    from search_spaces import FAMILIES

    modules = {path.stem for path in (ROOT / "search_spaces").glob("*.py")}
    assert modules == {*FAMILIES, "family", "__init__"}


def _text() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text("utf-8")
