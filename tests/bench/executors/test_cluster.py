"""Pools of workers on a cluster of two nodes, and what may happen to nodes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ray_cluster import CPUS, RayCluster

from bench.errors import UsageError
from bench.executors import Executor
from bench.executors.remote import Files
from bench.records import TrialResources

pytestmark = pytest.mark.cluster

PATIENCE_SECONDS = 60


def go_on(key: int, epoch: Any) -> bool:
    return True


def wait_for(count: int, folder: Path) -> None:
    """Wait until so many requests stay."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(folder.iterdir())) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def let_go(marks: Path) -> None:
    for mark in marks.iterdir():
        mark.unlink()


@pytest.fixture
def extra_node(ray_cluster: RayCluster) -> Iterator[Any]:
    """A third node, which a test may remove."""
    node = ray_cluster.add()
    yield node
    if node in ray_cluster.present:
        ray_cluster.remove(node)


def test_requests_of_a_node_that_is_removed_are_run_on_another(
    extra_node: Any, ray_cluster: RayCluster, cluster_pool: Callable, marks: Path
) -> None:
    slots = 3 * CPUS
    pool = cluster_pool(slots)
    for key in range(slots):
        pool.submit(key, ("stay", str(marks)))
    collect_until(pool, lambda: len(list(marks.iterdir())) == slots)
    ray_cluster.remove(extra_node)
    let_go(marks)
    # Those of the node that is gone stay again.
    results = {}
    while len(results) < slots:
        key, result = collect_and_let_go(pool, marks)
        results[key] = result
    assert results == dict.fromkeys(range(slots), "stayed")


def test_slots_of_a_node_that_is_added_are_used(
    ray_cluster: RayCluster, cluster_pool: Callable, marks: Path
) -> None:
    before, after = 2 * CPUS, 3 * CPUS
    pool = cluster_pool(None)
    assert pool.free == before
    node = ray_cluster.add()
    try:
        for key in range(after):
            pool.submit(key, ("stay", str(marks)))
        collect_until(pool, lambda: len(list(marks.iterdir())) == after)
        let_go(marks)
        results = dict(pool.collect(go_on) for _ in range(after))
        assert results == dict.fromkeys(range(after), "stayed")
    finally:
        pool.close()
        ray_cluster.remove(node)


def test_request_whose_host_is_killed_is_tried_again(
    cluster_pool: Callable, tmp_path: Path
) -> None:
    pool = cluster_pool(1)
    pool.submit(0, ("kill host once", str(tmp_path / "mark")))
    assert pool.collect(go_on) == (0, "alive")


def test_workers_without_gpus_see_none(cluster_pool: Callable) -> None:
    pool = cluster_pool(1)
    pool.submit(0, ("environment", "CUDA_VISIBLE_DEVICES"))
    assert pool.collect(go_on) == (0, "-1")


def test_address_without_a_cluster_is_refused_in_a_line() -> None:
    from bench.executors.ray import check_address

    with pytest.raises(UsageError, match="leads to none") as refused:
        check_address("127.0.0.1:1")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:port"])
def test_address_of_another_form_is_refused(address: str) -> None:
    from bench.executors.ray import check_address

    with pytest.raises(UsageError, match="takes HOST:PORT"):
        check_address(address)


def test_cluster_without_room_for_a_worker_says_what_was_asked_for(
    ray_cluster: RayCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.executors.ray import Cluster, cluster

    monkeypatch.setattr(cluster, "ROOM_SECONDS", 1)
    with pytest.raises(UsageError, match="none could start") as refused:
        Cluster(ray_cluster.address, TrialResources(cpus=64))
    assert "cpus=64" in str(refused.value)
    assert f"a node of {CPUS} CPUs" in str(refused.value)


def test_code_for_a_cluster_that_was_joined_before_is_refused(
    ray_cluster: RayCluster, tmp_path: Path
) -> None:
    import ray

    from bench.executors.ray import Cluster

    ray.init(address=ray_cluster.address, log_to_driver=False)
    try:
        with pytest.raises(UsageError, match="joined one already"):
            Cluster(ray_cluster.address, TrialResources(), tmp_path)
        assert Cluster(ray_cluster.address, TrialResources()).room == 2 * CPUS
    finally:
        ray.shutdown()


def test_address_of_another_cluster_than_the_joined_one_is_refused(
    ray_cluster: RayCluster,
) -> None:
    import ray

    from bench.executors.ray import check_address

    port = ray_cluster.address.rpartition(":")[2]
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        ray.init(address=ray_cluster.address, log_to_driver=False)
        try:
            with pytest.raises(UsageError, match="has joined") as refused:
                check_address(address)
            assert check_address(f"localhost:{port}") == f"localhost:{port}"
        finally:
            ray.shutdown()
    assert ray_cluster.address in str(refused.value)
    assert address in str(refused.value)


def test_worker_that_was_renewed_keeps_its_place(cluster_pool: Callable) -> None:
    pool = cluster_pool(1)
    (before,) = pool._workers
    pool.submit(0, ("spoil",))
    pool.collect(go_on)
    (after,) = pool._workers
    assert after is not before
    assert after.place == before.place != ""


def test_other_versions_on_a_node_are_an_error_that_names_both(
    cluster_pool: Callable, requests: ModuleType
) -> None:
    with pytest.raises(UsageError, match=r"keras is 1.0 here and 2.0 on the node"):
        cluster_pool(1, versions=requests.versions)


def test_files_reach_a_node_that_does_not_see_them_and_come_back(
    cluster_pool: Callable, requests: ModuleType, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "new" / "target"
    source.write_text("contents")
    copies: list[Path] = []
    pool = cluster_pool(
        1,
        files=lambda _: Files(read=(source,), written=(target,)),
        moved=requests.moved,
        home=tmp_path,
        is_seen=False,
    )
    for contents in ("contents", "other"):
        source.write_text(contents)
        pool.submit(0, ("copy", str(source), str(target)))
        _, path = pool.collect(go_on)
        assert Path(path) != target
        assert target.read_text() == f"{contents} copied"
        copies.append(Path(path))
    (copy,) = set(copies)
    kept = [p.name for p in copy.parents[1].iterdir() if p.is_file()]
    assert "source" in kept
    pool.close()
    assert not (copy.parents[1] / "source").exists()
    assert not copy.exists()


def test_files_that_a_node_sees_are_used_where_they_lie(
    cluster_pool: Callable, requests: ModuleType, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("contents")
    pool = cluster_pool(
        1,
        files=lambda _: Files(read=(source,), written=(target,)),
        moved=requests.moved,
        home=tmp_path,
    )
    pool.submit(0, ("copy", str(source), str(target)))
    assert pool.collect(go_on) == (0, str(target))


def collect_until(pool: Executor, is_so: Callable[[], bool]) -> None:
    """Let a pool hand out requests, none of which ends, until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        pool._hire()
        pool._hand_out()
        time.sleep(0.05)


def collect_and_let_go(pool: Executor, marks: Path) -> tuple[int, Any]:
    """Collect a result while no request may stay."""
    import threading

    is_over = threading.Event()

    def let_all_go() -> None:
        while not is_over.wait(0.1):
            let_go(marks)

    thread = threading.Thread(target=let_all_go)
    thread.start()
    try:
        return pool.collect(go_on)
    finally:
        is_over.set()
        thread.join()
