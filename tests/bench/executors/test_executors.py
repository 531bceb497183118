"""What every executor promises."""

from collections.abc import Callable

import pytest

from bench.executors import Executor
from bench.executors.inline import InlineExecutor
from bench.records import EpochRecord

Report = Callable[[EpochRecord], bool]


def train(request: int, report: Report) -> str:
    """Report as many epochs as asked for, until told to stop."""
    if request < 0:
        raise ValueError(f"no epochs: {request}")
    for number in range(1, request + 1):
        if not report(EpochRecord(epoch=number, metrics={}, seconds=0.1, ended=0.0)):
            return f"stopped at {number}"
    return f"trained {request}"


EXECUTORS = {"inline": lambda: InlineExecutor(train)}


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest):
    made = EXECUTORS[request.param]()
    yield made
    made.close()


def test_new_executor_is_free_and_idle(executor: Executor) -> None:
    assert executor.free >= 1
    assert executor.in_flight == 0


def test_results_come_back_by_their_keys(executor: Executor) -> None:
    wanted = {}
    key = 7
    while executor.free:
        wanted[key] = f"trained {key - 6}"
        executor.submit(key, key - 6)
        key += 1
    assert executor.in_flight == len(wanted)
    results = dict(executor.collect(lambda *_: True) for _ in wanted)
    assert results == wanted
    assert executor.in_flight == 0
    assert executor.free >= 1


def test_epochs_come_in_order_under_their_key(executor: Executor) -> None:
    seen = []
    executor.submit(3, 4)
    executor.collect(lambda key, epoch: seen.append((key, epoch.epoch)) or True)
    assert seen == [(3, 1), (3, 2), (3, 3), (3, 4)]


def test_false_stops_a_training(executor: Executor) -> None:
    executor.submit(0, 5)
    assert executor.collect(lambda _, epoch: epoch.epoch < 2) == (0, "stopped at 2")


def test_exception_comes_out_of_collect_and_leaves_the_executor_free(
    executor: Executor,
) -> None:
    executor.submit(0, -1)
    with pytest.raises(ValueError, match="no epochs: -1"):
        executor.collect(lambda *_: True)
    assert executor.in_flight == 0
    executor.submit(1, 1)
    assert executor.collect(lambda *_: True) == (1, "trained 1")


def test_interrupt_while_training_leaves_the_executor_free(executor: Executor) -> None:
    def interrupt(key: int, epoch: EpochRecord) -> bool:
        raise KeyboardInterrupt

    executor.submit(0, 3)
    with pytest.raises(KeyboardInterrupt):
        executor.collect(interrupt)
    assert executor.in_flight == 0


def test_closed_executor_forgets_what_waited(executor: Executor) -> None:
    executor.submit(0, 3)
    executor.close()
    assert executor.in_flight == 0
