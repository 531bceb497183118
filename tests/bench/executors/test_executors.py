"""The contract of every executor, and of pools of processes."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from bench.errors import StudyError
from bench.executors import Executor
from bench.executors.inline import InlineExecutor
from bench.records import EpochRecord

EXECUTORS = [
    "inline",
    "one worker",
    "three workers",
    pytest.param("cluster", marks=pytest.mark.cluster),
]


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest, requests: ModuleType) -> Executor:
    if request.param == "inline":
        return InlineExecutor(requests.make_runner(0))
    if request.param == "cluster":
        return request.getfixturevalue("cluster_pool")(3)
    local_pool = request.getfixturevalue("local_pool")
    return local_pool(1 if request.param == "one worker" else 3)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="not on this platform")
def test_workers_keep_to_a_core_each_only_if_they_fill_all_cores(
    local_pool: Callable,
) -> None:
    cores = os.sched_getaffinity(0)
    for workers in {1, len(cores)}:
        executor = local_pool(workers)
        executor.submit(0, ("cores",))
        _, kept = executor.collect(lambda *_: True)
        assert kept <= cores
        assert len(kept) == (1 if workers == len(cores) else len(cores))


def test_new_executor_is_free_and_idle(executor: Executor) -> None:
    assert executor.free >= 1
    assert executor.in_flight == 0


def test_results_come_back_by_their_keys(executor: Executor) -> None:
    expected = {}
    key = 7
    while executor.free:
        expected[key] = f"trained {key - 6}"
        executor.submit(key, key - 6)
        key += 1
    assert executor.in_flight == len(expected)
    results = dict(executor.collect(lambda *_: True) for _ in expected)
    assert results == expected
    assert executor.in_flight == 0
    assert executor.free >= 1


def test_epochs_come_in_order_under_their_key(executor: Executor) -> None:
    seen = []
    executor.submit(3, 4)
    executor.collect(lambda key, epoch: seen.append((key, epoch.epoch)) or True)
    assert seen == [(3, 1), (3, 2), (3, 3), (3, 4)]


def test_false_stops_a_training(executor: Executor) -> None:
    executor.submit(0, 50)
    key, result = executor.collect(lambda _, epoch: epoch.epoch < 2)
    assert key == 0
    assert result.startswith("stopped")


def test_error_of_a_runner_is_raised_by_collect_and_leaves_the_executor_free(
    executor: Executor,
) -> None:
    executor.submit(0, -1)
    with pytest.raises(Exception, match="no epochs: -1"):
        executor.collect(lambda *_: True)
    assert executor.in_flight == 0
    executor.submit(1, 1)
    assert executor.collect(lambda *_: True) == (1, "trained 1")


def test_error_of_a_user_is_raised_by_collect_as_it_is(executor: Executor) -> None:
    executor.submit(0, ("refuse",))
    with pytest.raises(StudyError, match="no room"):
        executor.collect(lambda *_: True)


def test_runner_that_cannot_be_made_is_said(
    pool: Callable, requests: ModuleType
) -> None:
    executor = pool(1, make_runner=requests.make_no_runner)
    executor.submit(0, 1)
    with pytest.raises(Exception, match="ValueError: no images"):
        executor.collect(lambda *_: True)


def test_interrupt_while_training_leaves_an_executor_to_close(
    executor: Executor,
) -> None:
    def interrupt(key: int, epoch: EpochRecord) -> bool:
        raise KeyboardInterrupt

    executor.submit(0, 3)
    with pytest.raises(KeyboardInterrupt):
        executor.collect(interrupt)
    executor.close()
    assert executor.in_flight == 0


def test_closed_executor_forgets_waiting_requests(executor: Executor) -> None:
    executor.submit(0, 3)
    executor.close()
    assert executor.in_flight == 0


def test_requests_run_at_once(pool: Callable, tmp_path: Path) -> None:
    """Each of two requests waits for a file that the other creates."""
    executor = pool(2)
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    executor.submit(0, ("meet", one, other))
    executor.submit(1, ("meet", other, one))
    results = dict(executor.collect(lambda *_: True) for _ in range(2))
    assert results == {0: f"met {other}", 1: f"met {one}"}


def test_dead_worker_costs_a_retry(pool: Callable, tmp_path: Path) -> None:
    executor = pool(1)
    executor.submit(0, ("die once", str(tmp_path / "died")))
    assert executor.collect(lambda *_: True) == (0, "alive")
    executor.submit(1, 2)
    assert executor.collect(lambda *_: True) == (1, "trained 2")


def test_key_that_is_used_again_has_its_own_retry(
    pool: Callable, tmp_path: Path
) -> None:
    executor = pool(1)
    for name in ("one", "other"):
        executor.submit(0, ("die once", str(tmp_path / name)))
        assert executor.collect(lambda *_: True) == (0, "alive")


def test_request_that_kills_two_workers_is_lost_with_the_signal(
    pool: Callable,
) -> None:
    executor = pool(2)
    executor.submit(0, ("die",))
    executor.submit(1, 3)
    results = dict(executor.collect(lambda *_: True) for _ in range(2))
    assert results[1] == "trained 3"
    assert results[0] == "lost ('die',): its worker was ended by SIGKILL"
    executor.submit(2, 1)
    assert executor.collect(lambda *_: True) == (2, "trained 1")


def test_late_request_is_ended_and_lost_without_a_retry(pool: Callable) -> None:
    executor = pool(1, timeout=0.5)
    executor.submit(0, ("hang",))
    assert executor.collect(lambda *_: True) == (
        0,
        "lost ('hang',): took longer than 0.5 s",
    )
    executor.submit(1, 1)
    assert executor.collect(lambda *_: True) == (1, "trained 1")


def test_workers_that_hang_are_ended_and_their_requests_lost(pool: Callable) -> None:
    executor = pool(2, silence=3)
    executor.submit(0, ("hang",))
    executor.submit(1, ("halt",))
    results = dict(executor.collect(lambda *_: True) for _ in range(2))
    assert results == {
        0: "lost ('hang',): its worker hung: it sent nothing for 3 s",
        1: "lost ('halt',): its worker hung: it sent nothing for 3 s",
    }


def test_silence_may_be_ten_times_the_longest_before_it(
    pool: Callable, tmp_path: Path
) -> None:
    executor = pool(1, silence=0.3)
    executor.submit(0, ("who",))  # answers after 0.2 s
    executor.collect(lambda *_: True)
    executor.submit(1, ("hold", str(tmp_path / "mark")))  # after 1 s
    assert executor.collect(lambda *_: True) == (1, "held")


@pytest.fixture
def counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file in place of the kernel's counters."""
    path = tmp_path / "vmstat"
    path.write_text("oom_kill 0")
    monkeypatch.setattr("bench.executors.process.VMSTAT", path)
    return str(path)


def test_request_that_exceeds_memory_is_tried_again_alone(
    local_pool: Callable, tmp_path: Path, counters: str
) -> None:
    executor, mark = local_pool(2), str(tmp_path / "mark")
    executor.submit(0, ("exceed memory", counters, mark))
    executor.submit(1, ("hold", mark))
    executor.submit(2, ("hold", mark))
    results = dict(executor.collect(lambda *_: True) for _ in range(3))
    assert results == {0: "alone", 1: "held", 2: "held"}


def test_request_that_exceeds_memory_alone_is_lost_with_the_reason(
    local_pool: Callable, counters: str
) -> None:
    executor = local_pool(1)
    executor.submit(0, ("exceed memory again", counters))
    _, result = executor.collect(lambda *_: True)
    assert result.endswith(
        ": its worker was ended by the system, whose memory was full"
    )


def test_closed_pool_leaves_no_process(local_pool: Callable) -> None:
    executor = local_pool(2)
    executor.submit(0, ("hang",))
    processes = [worker.process for worker in executor._workers]
    executor.close()
    assert not any(process.is_alive() for process in processes)


def test_start_of_a_request_is_announced_and_may_be_refused(
    executor: Executor,
) -> None:
    started = []
    executor.submit(0, 2, on_start=lambda key: started.append(key) or True)
    if executor.free:
        executor.submit(1, 2, on_start=lambda key: False)
    assert executor.in_flight == 1
    assert executor.collect(lambda *_: True) == (0, "trained 2")
    assert started == [0]


def test_more_requests_than_workers_wait_for_their_turn(pool: Callable) -> None:
    executor, started = pool(1), []
    for key in range(3):
        executor.submit(key, 1, on_start=lambda key: started.append(key) or True)
    assert started == [0]
    assert executor.free == -2
    assert [executor.collect(lambda *_: True)[0] for _ in range(3)] == [0, 1, 2]
    assert started == [0, 1, 2]


def test_requests_go_to_workers_that_know_their_affinity(
    pool: Callable, tmp_path: Path
) -> None:
    """Two workers run one affinity each, and then two more requests of the same."""
    executor = pool(2)
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    executor.submit(0, ("meet", one, other), affinity="a")
    executor.submit(1, ("meet", other, one), affinity="b")
    for key in (2, 3):
        executor.submit(key, ("who",), affinity="b")
    for key in (4, 5):
        executor.submit(key, ("who",), affinity="a")
    done = dict(executor.collect(lambda *_: True) for _ in range(6))
    assert done[2] == done[3]
    assert done[4] == done[5]
    assert done[2] != done[4]


def test_training_waits_for_an_answer_at_synchronous_epochs(executor: Executor) -> None:
    def on_epoch(key: int, epoch: EpochRecord) -> bool:
        time.sleep(0.05)  # longer than an epoch
        return epoch.epoch < 4

    executor.submit(0, 50, sync_epochs={2, 4})
    assert executor.collect(on_epoch) == (0, "stopped at 4")


def test_pool_passes_on_what_takes_its_workers_so_long(pool: Callable) -> None:
    heard: list[tuple[int, str | None, int]] = []
    workers = pool(
        1,
        on_activity=lambda key, now: heard.append(
            (key, now and now.what, 0 if now is None else now.done)
        ),
    )
    workers.submit(7, ["compute"])
    assert workers.collect(lambda *_: True) == (7, "computed")
    assert heard == [(7, "features", 0), (7, "features", 40), (7, None, 0)]
