"""Kept models whose final trainings change their roles."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.errors import WriteError
from bench.records import Role
from bench.store import model_file, model_folder, network_file
from bench.study.kept_names import follow

BEST, DEFAULT = "of the best", "of the default"


def study(chosen: int | None) -> Any:
    return SimpleNamespace(id="a", chosen=chosen)


def keep(results: Path, role: Role, seeds: range, what: str) -> None:
    """Keep models of a role whose files say what they are of."""
    network_file(results, "a", role).parent.mkdir(parents=True, exist_ok=True)
    network_file(results, "a", role).write_text(what)
    for seed in seeds:
        model_file(results, "a", role, seed).write_text(what)


def kept(results: Path) -> dict[str, str]:
    """What the files are of, by their names."""
    files = (path for path in model_folder(results, "a").iterdir() if path.suffix)
    return {path.name: path.read_text() for path in files}


def named(results: Path, best: Role, default: Role, seeds: int) -> dict[str, str]:
    """The names that models of the best and the default configuration should have."""
    return {
        network_file(results, "a", best).name: BEST,
        model_file(results, "a", best, 0).name: BEST,
        network_file(results, "a", default).name: DEFAULT,
        **{model_file(results, "a", default, n).name: DEFAULT for n in range(seeds)},
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Models of both configurations with the first seed."""
    keep(tmp_path, Role.FINAL, range(1), BEST)
    keep(tmp_path, Role.DEFAULT, range(1), DEFAULT)
    return tmp_path


def test_names_follow_a_decision_and_its_return(results: Path) -> None:
    before = kept(results)
    for _ in range(2):
        follow(results, study(chosen=4))
        expected = named(results, Role.RUNNER_UP, Role.FINAL, 1)
        assert kept(results) == expected
    # Only what has the row is trained with more seeds.
    keep(results, Role.FINAL, range(3), DEFAULT)
    for _ in range(2):
        follow(results, study(chosen=None))
        assert kept(results) == named(results, Role.FINAL, Role.DEFAULT, 3)
    follow(results, study(chosen=4))
    assert kept(results) == named(results, Role.RUNNER_UP, Role.FINAL, 3)
    assert before == named(results, Role.FINAL, Role.DEFAULT, 1)


@pytest.mark.parametrize("renamed", range(9))
def test_interrupted_renaming_is_carried_out(
    renamed: int, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, left = Path.replace, [renamed]

    def fail(path: Path, target: Path) -> Path:
        if not left[0]:
            raise PermissionError(13, "Permission denied")
        left[0] -= 1
        return replace(path, target)

    follow(results, study(chosen=4))
    keep(results, Role.FINAL, range(3), DEFAULT)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with suppress(WriteError):  # of the last there is nothing left to fail
            follow(results, study(chosen=None))
    follow(results, study(chosen=None))
    assert kept(results) == named(results, Role.FINAL, Role.DEFAULT, 3)


def test_models_that_are_kept_anew_have_the_names_in_force(tmp_path: Path) -> None:
    follow(tmp_path, study(chosen=4))  # after all models were pruned
    keep(tmp_path, Role.FINAL, range(1), DEFAULT)
    before = kept(tmp_path)
    follow(tmp_path, study(chosen=4))
    assert kept(tmp_path) == before


def test_nothing_is_written_beside_models_that_were_never_renamed(
    results: Path,
) -> None:
    before = sorted(model_folder(results, "a").iterdir())
    follow(results, study(chosen=None))
    assert sorted(model_folder(results, "a").iterdir()) == before
