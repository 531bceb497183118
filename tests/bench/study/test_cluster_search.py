"""Searches on a cluster of two nodes, whatever happens to it, equal those of a pool."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ray_cluster import CPUS, RayCluster

from bench.cli import main
from bench.datasets.to_shards import to_shards
from bench.store import CACHE, FILE_NAME, Store

pytestmark = pytest.mark.cluster

PATIENCE_SECONDS = 180

Content = Callable[[Path], dict[str, Any]]


@pytest.fixture
def search(dataset: str, keras_started: None) -> Callable[..., None]:
    def search(
        results: Path, options: str, *, family: str = "dense", code: int = 0
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            main(words(results, family, dataset, options))
        assert ended.value.code == code

    return search


def words(results: Path, family: str, dataset: str, options: str) -> list[str]:
    options += f" --seeds 1 --dataset {dataset} --results {results}"
    options += " --skip-default --quiet"
    return ["search", family, *options.split()]


@pytest.fixture
def on_cluster(ray_cluster: RayCluster) -> str:
    """Options of a search on the cluster."""
    return f" --executor ray --ray-address {ray_cluster.address} --workers 2"


def rows(results: Path, query: str) -> list[Any]:
    """Rows that a store holds so far; none while the file is missing."""
    try:
        path = f"file:{results / FILE_NAME}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as sql:
            return sql.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def wait_for(query: str, results: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not rows(results, query):
        assert time.monotonic() < deadline
        time.sleep(0.02)


HERE = " --workers 2"

LONG = "--tuner random --trials 4 --epochs 400 --patience 400"
"""A search that lasts long enough to be disturbed."""

HYPERBAND = "--trials 3 --epochs 3"
"""A search whose third trial continues from the checkpoint of another."""


@pytest.fixture
def _unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes that see no file of the search, as if they were other machines."""
    monkeypatch.setattr(
        "bench.executors.ray.executor.write_token", lambda _: tmp_path / "nowhere"
    )


@pytest.mark.usefixtures("_unseen")
def test_search_on_nodes_without_its_files_equals_one_of_this_machine(
    search: Callable[..., None],
    family: str,
    on_cluster: str,
    content: Content,
    tmp_path: Path,
) -> None:
    """Images, checkpoints and the family reach nodes; models come back from them."""
    search(tmp_path / "cluster", HYPERBAND + on_cluster, family=family)
    search(tmp_path / "pool", HYPERBAND + HERE, family=family)
    assert content(tmp_path / "cluster") == content(tmp_path / "pool")
    assert names(tmp_path / "cluster" / "models") == names(tmp_path / "pool" / "models")


@pytest.mark.usefixtures("_unseen")
def test_features_of_a_frozen_network_reach_nodes_and_come_back(
    search: Callable[..., None],
    ray_cluster: RayCluster,
    on_cluster: str,
    content: Content,
    tmp_path: Path,
) -> None:
    weights = os.environ.get("BENCH_WEIGHTS", "random")
    options = f"--tuner random --trials 4 --epochs 2 --weights {weights}"
    options += " --fix resolution=32 --fix augmentation=off --fix pooling=average"
    whole = on_cluster.replace("--workers 2", f"--workers {2 * CPUS}")
    results = tmp_path / "cluster"
    search(results, options + whole, family="transfer")
    features = names(results / CACHE)
    assert {"train.npy", "validation.npy", "test.npy"} <= set(features)
    assert "train-0-0.done" in features
    search(tmp_path / "pool", options + HERE, family="transfer")
    found, expected = content(results), content(tmp_path / "pool")
    for each in (found, expected):  # there were more slots
        del each["study"]["lookahead"]
    assert found == expected


@pytest.mark.usefixtures("_unseen", "keras_started")
def test_shards_are_streamed_on_nodes_that_do_not_see_them(
    on_cluster: str,
    dataset: str,
    content: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So small a set is streamed only if its chunks are smaller.
    monkeypatch.setattr("bench.datasets.streamed.room.CHUNK", 1)
    shards = tmp_path / "shards"
    to_shards(
        dataset,
        shards,
        data_folder=None,
        shard_size=4000,
        skip_unreadable=False,
        tell=lambda line: None,
    )
    found = {}
    for place in (f"{on_cluster} --memory 2K", HERE):
        results = tmp_path / f"results{len(found)}"
        options = "--tuner random --trials 2 --epochs 2" + place
        with pytest.raises(SystemExit) as ended:
            main(words(results, "dense", f"shards:{shards}", options))
        assert ended.value.code == 0
        found[place] = content(results)
        del found[place]["study"]["task"]["findings"]  # of a sample if streamed
    streamed, in_memory = found.values()
    assert streamed == in_memory


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_node_that_is_removed_in_a_trial_changes_nothing(
    search: Callable[..., None],
    ray_cluster: RayCluster,
    on_cluster: str,
    content: Content,
    tmp_path: Path,
) -> None:
    options = LONG
    results = tmp_path / "cluster"
    second = ray_cluster.present[0]

    def remove() -> None:
        wait_for("SELECT 1 FROM epochs WHERE epoch = 2", results)
        ray_cluster.remove(second)

    with ThreadPoolExecutor(1) as others:
        removed = others.submit(remove)
        try:
            search(results, options + on_cluster.replace("--workers 2", ""))
        finally:
            removed.result()
            ray_cluster.add()
    search(tmp_path / "pool", options + HERE)
    found, expected = content(results), content(tmp_path / "pool")
    for each in (found, expected):  # there were more slots than two in the beginning
        del each["study"]["lookahead"]
    assert found == expected


@pytest.fixture
def killed() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are killed at the end of a test, if not before."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def test_killed_search_loses_no_finished_trial(
    search: Callable[..., None],
    dataset: str,
    on_cluster: str,
    content: Content,
    tmp_path: Path,
    killed: list[subprocess.Popen[bytes]],
) -> None:
    options, results = LONG, tmp_path / "cluster"
    command = words(results, "dense", dataset, options + on_cluster)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    killed.append(process)
    wait_for("SELECT 1 FROM trials WHERE result NOTNULL", results)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    finished = rows(results, "SELECT number, ended FROM trials WHERE result NOTNULL")
    search(results, options + on_cluster)
    search(tmp_path / "pool", options + HERE)
    assert content(results) == content(tmp_path / "pool")
    with Store(results, read_only=True) as store:
        (study,) = store.studies()
        ends = {trial.number: trial.ended for trial in store.trials(study.id)}
    assert all(ends[number] == ended for number, ended in finished)


def test_address_without_a_cluster_ends_in_a_line_and_writes_nothing(
    search: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search(tmp_path / "new", "--executor ray --ray-address 127.0.0.1:1", code=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert "leads to none" in line
    assert not (tmp_path / "new" / FILE_NAME).exists()
