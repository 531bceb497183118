"""An archive that nobody may write to is read all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.errors import WriteError
from bench.records import StudyState
from bench.store import FILE_NAME, Store

NOBODY = 65534


@contextmanager
def nobody(archive: Path) -> Iterator[None]:
    """Become a user who can't write to an archive; modules must be imported before."""
    if not os.access(archive, os.W_OK):
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(params=["permissions", "disk"])
def archive(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[Path], Path]]:
    """Copies a results folder to where neither it nor its files can be written."""
    if request.param == "disk":
        disk = request.getfixturevalue("small_disk").folder

        def copy_to_disk(results: Path) -> Path:
            shutil.copytree(results, disk / "results")
            command = ["mount", "-o", "remount,ro", str(disk)]
            subprocess.run(command, check=True, capture_output=True)
            return disk / "results"

        yield copy_to_disk
        return
    # The folder of a test is closed to other users.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    def copy(results: Path) -> Path:
        shutil.copytree(results, folder / "results")
        for path in (folder / "results").iterdir():
            path.chmod(0o444)
        (folder / "results").chmod(0o555)
        return folder / "results"

    yield copy
    (folder / "results").chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("version", [1, 2])
def test_studies_of_an_archive_are_listed(
    bench: Callable[..., Any],
    archive: Callable[[Path], Path],
    unpack_asset: Callable[[int], Path],
    version: int,
) -> None:
    results = archive(unpack_asset(version))
    bench("studies", "--results", results)  # to import what it needs
    before = sorted(results.iterdir())
    with nobody(results):
        answer = bench("studies", "--results", results)
    assert (answer.code, answer.err) == (0, "")
    assert "linear" in answer.out
    assert sorted(results.iterdir()) == before


@pytest.mark.parametrize("archive", ["disk"], indirect=True)
def test_board_of_an_archive_is_printed_and_not_written(
    bench: Callable[..., Any],
    archive: Callable[[Path], Path],
    unpack_asset: Callable[[int], Path],
) -> None:
    results = archive(unpack_asset(2))
    board = bench("leaderboard", "--results", results)
    assert board.code == 0
    assert "linear" in board.out
    assert "leaderboard.md" not in board.out
    assert "the report is not complete" in board.err
    assert "leaderboard.md" in board.err
    assert board.err.count("\n") == 1
    assert [path.name for path in results.iterdir()] == [FILE_NAME]
    assert bench("doctor", "--results", results).code == 0


def test_archive_is_not_written_to(
    archive: Callable[[Path], Path], unpack_asset: Callable[[int], Path]
) -> None:
    results = archive(unpack_asset(2))
    with nobody(results), pytest.raises(WriteError, match="must be writable"):
        Store(results).set_study_state("study", StudyState.FAILED)


def test_journal_of_a_killed_search_is_read_in_an_archive(
    archive: Callable[[Path], Path], unpack_asset: Callable[[int], Path], tmp_path: Path
) -> None:
    with Store(unpack_asset(2)) as store:
        (study,) = store.studies()
        store.add_seconds(study.id, 1000.0)
        killed = shutil.copytree(store.folder, tmp_path / "killed")
    assert (killed / f"{FILE_NAME}-wal").stat().st_size
    (killed / f"{FILE_NAME}-shm").unlink()
    results = archive(killed)
    with nobody(results), Store(results, read_only=True) as store:
        assert store.studies()[0].seconds == study.seconds + 1000.0
