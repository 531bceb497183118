"""Searches that are killed at random instants, and the same command given again."""

from __future__ import annotations

import csv
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.executors import local
from bench.store import FILE_NAME
from bench.training import PRELOAD

KILLS = 38
"""Number of kills in each search: some 300 in all."""

SIGNALS = (signal.SIGKILL,) * 5 + (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

SEARCHES = {
    "random": "linear --tuner random --trials 6 --epochs 4 --workers 2",
    "grid": (
        "linear --tuner grid --trials 6 --epochs 4 --workers 2 "
        "--only batch_size,schedule"
    ),
    "bayesian": "linear --tuner bayesian --trials 8 --epochs 3 --workers 2",
    "hyperband": "linear --tuner hyperband --trials 9 --epochs 9 --workers 2",
    # Its course depends on which of several workers is faster.
    "random with asha": (
        "linear --tuner random --schedule asha --trials 8 --epochs 9 --workers 0"
    ),
    "sklearn-grid": (
        "linear --tuner sklearn-grid --only batch_size --epochs 3 --workers 2"
    ),
    "sklearn-halving": (
        "linear --tuner sklearn-halving --only batch_size,schedule --epochs 9 "
        "--workers 2"
    ),
    "frozen features": "{frozen} --tuner random --trials 5 --epochs 4 --workers 2",
}

FROZEN = """
import keras, numpy as np, time
from search_spaces.family import Extractor, Family

def make(augments):
    inputs = keras.Input((6, 6, 1))
    outputs = keras.layers.Conv2D(4, 3, kernel_initializer="ones")(inputs)
    return Slow(inputs, keras.layers.Flatten()(outputs))

class Slow(keras.Model):
    def predict(self, *arguments, **named):
        time.sleep(0.3)
        return super().predict(*arguments, **named)

class Frozen(Family):
    def declare(self, hp):
        hp.Choice("units", [4, 8])

    def extractor(self, hp):
        return Extractor(name="ones", make=make)

    def head(self, hp, features):
        return keras.layers.Dense(hp.get("units"))(features)
"""

TIMES = ("_s", "seconds", "latency", "study", "core", "ms", "ended")

FAULT = "kill -9, SIGTERM, SIGHUP or Ctrl-C at a random instant"

KEPT = "no finished trial is lost, and the end equals that of an undisturbed search"

PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def fork(keras_started: None) -> Any:
    """Starts commands in processes that are forked with Keras imported."""
    local.prepare([PRELOAD])
    process = multiprocessing.get_context("forkserver").Process
    waiting = process(target=len, args=((),))  # ends when Keras is imported there
    waiting.start()
    waiting.join()
    return process


def words(search: str, dataset: str, folder: Path) -> list[str]:
    frozen = folder.parent / "frozen.py"
    frozen.write_text(FROZEN)
    options = search.format(frozen=f"{frozen}:Frozen").split()
    common = f"--seeds 2 --dataset {dataset} --quiet --results {folder}"
    return ["search", *options, *common.split()]


def board(folder: Path) -> list[dict[str, str]]:
    """The rows of a board without what depends on the machine's speed."""
    with (folder / "leaderboard.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [
        {name: v for name, v in row.items() if not any(t in name for t in TIMES)}
        for row in rows
    ]


def finished_trials(folder: Path) -> dict[int, str]:
    """Results of the finished trials by number; none while there is no store."""
    path = folder / FILE_NAME
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as sql:
        tables = sql.execute("SELECT name FROM sqlite_master").fetchall()
        if ("trials",) not in tables:  # killed before the store was made
            return {}
        assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        query = "SELECT number, result FROM trials WHERE result NOTNULL"
        return dict(sql.execute(query).fetchall())


def workers_left() -> list[int]:
    """Processes that were forked and have not ended."""
    server = forkserver._forkserver._forkserver_pid
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == server and state != "Z":
            found.append(int(path.parent.name))
    return found


def run(fork: Any, command: list[str]) -> tuple[int, float]:
    """Exit code and seconds of a command that nothing disturbs."""
    process = fork(target=main, args=(command,))
    began = time.monotonic()
    process.start()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode is not None
    return process.exitcode, time.monotonic() - began


def disturb(
    fork: Any, command: list[str], seconds: float, number: signal.Signals
) -> int | None:
    """Send a signal to a command after some seconds; None if it ended before."""
    process = fork(target=main, args=(command,))
    process.start()
    process.join(seconds)
    if process.exitcode is not None:
        return None
    os.kill(process.pid, number)
    process.join(PATIENCE_SECONDS)
    return process.exitcode


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", SEARCHES)
def test_search_that_is_killed_at_random_instants_ends_as_if_undisturbed(
    name: str,
    fork: Any,
    dataset: str,
    content: Callable[[Path], dict[str, Any]],
    tried: Callable[..., None],
    tmp_path: Path,
) -> None:
    command = words(SEARCHES[name], dataset, tmp_path / "undisturbed")
    code, seconds = run(fork, command)
    assert code == 0
    chance, kills, searches = random.Random(name), 0, 0
    while kills < KILLS:
        folder = tmp_path / f"killed-{searches}"
        command = words(SEARCHES[name], dataset, folder)
        before: dict[int, str] = {}
        number = chance.choice(SIGNALS)
        while (code := disturb(fork, command, chance.uniform(0, seconds), number)) in (
            -number,
            128 + number,
        ):
            kills += 1
            tried(f"{FAULT}: {name}", "lost nothing", KEPT)
            after = finished_trials(folder)
            assert after.items() >= before.items()
            before = after
            number = chance.choice(SIGNALS)
        assert code in (None, 0)
        assert run(fork, command)[0] == 0
        assert finished_trials(folder).items() >= before.items()
        assert board(folder) == board(tmp_path / "undisturbed")
        assert content(folder) == content(tmp_path / "undisturbed")
        assert not list((folder / "scratch").iterdir())
        searches += 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := workers_left():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.slow
def test_searches_in_four_folders_at_once_equal_one_alone(
    fork: Any,
    dataset: str,
    content: Callable[[Path], dict[str, Any]],
    tried: Callable[..., None],
    tmp_path: Path,
) -> None:
    search = SEARCHES["hyperband"]
    assert run(fork, words(search, dataset, tmp_path / "alone"))[0] == 0
    folders = [tmp_path / f"beside-{number}" for number in range(4)]
    processes = [
        fork(target=main, args=(words(search, dataset, folder),)) for folder in folders
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_SECONDS)
    assert [process.exitcode for process in processes] == [0] * 4
    for folder in folders:
        assert board(folder) == board(tmp_path / "alone")
        assert content(folder) == content(tmp_path / "alone")
    tried("four searches at once", "equal to one alone", KEPT, times=4)
