"""A study whose store was damaged goes on from what was whole in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.records import StudySpec, StudyState
from bench.store import FILE_NAME, Store, salvage


@pytest.fixture(scope="module")
def finished(
    hyperband: StudySpec,
    run_study: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> bytes:
    """The store of a finished study."""
    folder = tmp_path_factory.mktemp("finished")
    run_study(hyperband, folder)
    return (folder / FILE_NAME).read_bytes()


@pytest.fixture
def damage(finished: bytes, tmp_path: Path) -> Callable[[str], Path]:
    """Writes the finished study to a folder, and damages it by a statement."""

    def damage(statement: str) -> Path:
        folder = tmp_path / "damaged"
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(finished)
        sql = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        assert sql.execute(statement).rowcount
        sql.close()
        return folder

    return damage


@pytest.mark.parametrize(
    ("statement", "trained"),
    [
        ("UPDATE trials SET result = '{' WHERE number = 1", {"trial": 1, "seed": 2}),
        ("UPDATE finals SET record = '' WHERE seed = 1", {"trial": 0, "seed": 1}),
    ],
    ids=["trial", "final"],
)
def test_command_of_a_salvaged_study_trains_what_was_lost(
    hyperband: StudySpec,
    run_study: Callable[..., Any],
    content: Callable[[Path], Any],
    damage: Callable[[str], Path],
    finished: bytes,
    tmp_path: Path,
    statement: str,
    trained: dict[str, int],
) -> None:
    damaged, saved, whole = damage(statement), tmp_path / "saved", tmp_path / "whole"
    salvage(damaged, saved)
    with Store(saved, read_only=True) as store:
        (study,) = store.studies()
    assert study.state is StudyState.UNFINISHED
    progress = run_study(hyperband, saved)
    assert progress.count("trial", "started") == trained["trial"]
    assert progress.count("seed", "ended") == trained["seed"]
    whole.mkdir()
    (whole / FILE_NAME).write_bytes(finished)
    assert content(saved) == content(whole)
