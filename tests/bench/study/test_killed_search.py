"""Searches that are killed, and the same command given again."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.executors import local
from bench.records import Role, StudyState
from bench.store import FILE_NAME, Store
from bench.training import PRELOAD

PATIENCE_SECONDS = 120

INSTANTS = {
    "in a promoted trial": "SELECT 1 FROM epochs WHERE role = 'trial' AND number = 2",
    "in a final training": "SELECT 1 FROM epochs WHERE role = 'final'",
}
"""Queries that find something as soon as the instant has come."""

FINISHED = "SELECT number, started, ended, result FROM trials WHERE result NOTNULL"


@pytest.fixture
def search(dataset: str, family: str, tmp_path: Path) -> Callable[..., list[str]]:
    """Words of a search by Hyperband whose third trial is promoted."""

    def search(options: str) -> list[str]:
        options += f" --trials 3 --seeds 2 --dataset {dataset}"
        options += f" --results {tmp_path / 'results'}"
        return ["search", family, *options.split()]

    return search


def rows(results: Path, query: str) -> list[Any]:
    """Rows that a store holds so far; none while the file is missing."""
    try:
        path = f"file:{results / FILE_NAME}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as sql:
            return sql.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def wait_for(instant: str, results: Path, is_alive: Callable[[], bool]) -> None:
    """Wait until a query finds something in the store of a running search."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not rows(results, instant):
        assert is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check_finished(results: Path, before: list[Any]) -> None:
    """Check that a search went to its end and repeated no finished trial."""
    assert rows(results, FINISHED)[: len(before)] == before
    with Store(results, read_only=True) as store:
        (study,) = store.studies()
        assert study.state is StudyState.FINISHED
        assert len(store.finals(study.id)) == 2
        for trial in store.trials(study.id):
            curve = store.epochs(study.id, Role.TRIAL, trial.number)
            assert curve[-1].epoch == trial.result.epochs
    assert (results / "leaderboard.csv").exists()


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(INSTANTS["in a promoted trial"], marks=pytest.mark.slow),
        INSTANTS["in a final training"],
    ],
    ids=INSTANTS,
)
def test_killed_process_loses_no_finished_trial(
    instant: str,
    search: Callable[..., list[str]],
    tmp_path: Path,
    keras_started: None,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The search runs in a process that is forked with Keras imported."""
    results, words = tmp_path / "results", search("--epochs 3 --workers 0")
    local.prepare([PRELOAD])
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=main, args=(words,))
    process.start()
    wait_for(instant, results, process.is_alive)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    before = rows(results, FINISHED)
    assert before
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert f"continuing after {len(before)} finished trial" in capfd.readouterr().out
    check_finished(results, before)


@pytest.mark.slow
@pytest.mark.parametrize("instant", INSTANTS.values(), ids=INSTANTS)
def test_killed_command_and_its_workers_lose_no_finished_trial(
    instant: str, search: Callable[..., list[str]], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    command = [sys.executable, "-m", "bench", *search("--epochs 9 --patience 9")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_for(instant, results, lambda: process.poll() is None)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    before = rows(results, FINISHED)
    assert before
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert f"continuing after {len(before)} finished trial" in again.stdout
    check_finished(results, before)


@pytest.mark.slow
def test_killed_raise_of_seeds_keeps_the_search_and_the_seeds(
    search: Callable[..., list[str]], tmp_path: Path, keras_started: None
) -> None:
    results = tmp_path / "results"
    words = search("--epochs 3 --workers 0")
    with pytest.raises(SystemExit):
        main(words)
    trials = rows(results, FINISHED)
    raised = [*words, "--seeds", "5"]
    local.prepare([PRELOAD])
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=main, args=(raised,))
    process.start()
    tested = "SELECT seed FROM finals WHERE role = 'final' ORDER BY seed"
    wait_for(f"SELECT 1 FROM ({tested}) WHERE seed = 2", results, process.is_alive)
    process.kill()
    process.join()
    assert rows(results, tested)[:3] == [(0,), (1,), (2,)]
    with pytest.raises(SystemExit) as ended:
        main(raised)
    assert ended.value.code == 0
    assert rows(results, tested) == [(n,) for n in range(5)]
    assert rows(results, FINISHED) == trials
