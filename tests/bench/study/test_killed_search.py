"""A search that is killed outright, and the same command again."""

from __future__ import annotations

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

from bench.records import StudyState
from bench.store import FILE_NAME, Store

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 120


def rows(path: Path, query: str) -> list[Any]:
    """What a store holds so far; nothing where it isn't there yet."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as sql:
            return sql.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


@pytest.mark.parametrize(
    "instant",
    [
        "SELECT 1 FROM epochs WHERE role = 'trial' AND number = 2",
        "SELECT 1 FROM epochs WHERE role = 'final'",
    ],
    ids=["in a promoted trial", "in a final training"],
)
def test_killed_search_goes_on_without_repeating_a_finished_trial(
    instant: str, dataset: str, write_family: Callable[[], str], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    command = [sys.executable, "-m", "bench", "search", write_family()]
    options = f"--dataset {dataset} --results {results} --trials 3 --epochs 9"
    command += f"{options} --seeds 2 --patience 9".split()
    finished = "SELECT number, started, ended, result FROM trials WHERE result NOTNULL"

    search = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not rows(results / FILE_NAME, instant):
        assert search.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    search.send_signal(signal.SIGKILL)
    assert search.wait() == -signal.SIGKILL
    before = rows(results / FILE_NAME, finished)
    assert before

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert f"continuing after {len(before)} finished trial" in again.stdout
    assert rows(results / FILE_NAME, finished)[: len(before)] == before
    with Store(results, read_only=True) as store:
        (study,) = store.studies()
        assert study.state is StudyState.FINISHED
        assert len(store.finals(study.id)) == 2
        for trial in store.trials(study.id):
            curve = store.epochs(study.id, "trial", trial.number)
            assert curve[-1].epoch == trial.result.epochs
    assert (results / "leaderboard.csv").exists()
