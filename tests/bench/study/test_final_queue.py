"""Which final trainings are handed out together, and their share of the time."""

from __future__ import annotations

import pytest

from bench.records import Role
from bench.study.final_queue import FinalQueue
from bench.study.final_request import Final


def queue(finals: int, default: int = 0, most: int = 1, later: int = 0) -> FinalQueue:
    roles = [Role.FINAL] * finals + [Role.DEFAULT] * default
    return FinalQueue(
        [Final(role=role, seed=i, hyperparameters={}) for i, role in enumerate(roles)],
        most,
        later,
    )


def shares(waiting: FinalQueue, workers: int) -> list[float]:
    """Shares of the remaining time, where all that is handed out uses up its own."""
    found = []
    while waiting:
        keys = waiting.take(free=1)
        found.append(waiting.share(keys, workers))
    return found


def test_trainings_of_one_role_are_handed_out_together() -> None:
    waiting = queue(finals=3, default=2, most=8)
    assert waiting.take(free=1) == [0, 1, 2]
    assert waiting.take(free=1) == [3, 4]
    assert not waiting


def test_free_workers_divide_the_seeds_among_them() -> None:
    waiting = queue(finals=5, most=8)
    assert waiting.take(free=2) == [0, 1, 2]
    assert waiting.take(free=1) == [3, 4]


def test_seeds_that_had_no_room_come_next_in_a_smaller_group() -> None:
    waiting = queue(finals=5, default=3, most=8)
    waiting.put_back(waiting.take(free=1), trained=2)
    assert waiting.take(free=1) == [2, 3]
    assert waiting.take(free=1) == [4]
    assert waiting.take(free=1) == [5, 6, 7]


def test_seeds_that_could_not_be_together_are_alone() -> None:
    waiting = queue(finals=2, default=2, most=8)
    waiting.put_back(waiting.take(free=1), trained=0)
    assert [waiting.take(free=1) for _ in range(3)] == [[0], [1], [2, 3]]


@pytest.mark.parametrize(
    ("most", "workers", "expected"),
    [
        (1, 1, [1 / 4, 1 / 3, 1 / 2, 1]),
        (1, 2, [1 / 2, 1 / 2, 1, 1]),
        (2, 1, [1 / 2, 1]),
        (2, 2, [1, 1]),
        (3, 1, [3 / 4, 1]),
        (8, 1, [1]),
    ],
)
def test_all_seeds_of_a_role_get_the_same_share_of_the_time(
    most: int, workers: int, expected: list[float]
) -> None:
    assert shares(queue(finals=4, default=1, most=most), workers)[:-1] == expected


def test_trainings_that_follow_keep_their_share_of_the_time() -> None:
    assert shares(queue(finals=1, default=1, later=2), workers=2) == [1 / 2, 1 / 2]
