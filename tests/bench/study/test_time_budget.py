"""What is left of a budget, on a clock that the tests turn."""

from collections.abc import Callable

import pytest

from bench.study.time_budget import BudgetClock

START = 1_000_000.0


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stop the time of day; move it on by hand."""
    now = [START]
    monkeypatch.setattr("time.time", lambda: now[0])

    def turn(seconds: float) -> None:
        now[0] += seconds

    return turn


def test_without_a_budget_nothing_ends(turn: Callable) -> None:
    clock = BudgetClock(None)
    clock.reserve(1e9)
    turn(1e9)
    assert clock.left is None
    assert clock.search_deadline is None
    assert clock.share(0.5) is None
    assert not clock.search_is_over


def test_search_ends_before_the_budget_does(turn: Callable) -> None:
    clock = BudgetClock(100.0)
    deadline = clock.search_deadline
    assert deadline is not None
    assert START + 50 <= deadline < START + 100
    turn(deadline - START - 1)
    assert not clock.search_is_over
    turn(2)
    assert clock.search_is_over
    assert clock.left > 0


def test_earlier_sittings_count(turn: Callable) -> None:
    clock = BudgetClock(100.0, spent=60.0)
    turn(15)
    assert clock.spent == 75
    assert clock.left == 25
    assert BudgetClock(100.0, spent=99.0).search_is_over


def test_nothing_is_left_of_an_overdrawn_budget(turn: Callable) -> None:
    clock = BudgetClock(100.0, spent=90.0)
    turn(30)
    assert clock.left == 0
    assert clock.share(0.5) == START + 30


def test_reserve_moves_the_end_of_the_search(turn: Callable) -> None:
    clock = BudgetClock(100.0)
    clock.reserve(10)
    assert clock.search_deadline == START + 90
    clock.reserve(40)
    assert clock.search_deadline == START + 60


def test_finals_never_claim_more_than_half(turn: Callable) -> None:
    clock = BudgetClock(100.0)
    clock.reserve(1000)
    assert clock.search_deadline == START + 50


def test_shares_divide_what_is_left(turn: Callable) -> None:
    clock = BudgetClock(100.0)
    turn(40)
    assert clock.share(1 / 3) == START + 40 + 20
    turn(20)
    assert clock.share(1 / 2) == START + 60 + 20


def test_laps_add_up_to_what_was_spent(turn: Callable) -> None:
    clock = BudgetClock(None, spent=5.0)
    laps = []
    for seconds in (1, 2, 4):
        turn(seconds)
        laps.append(clock.lap())
    assert laps == [1, 2, 4]
    assert clock.lap() == 0
    assert clock.spent == 5 + sum(laps)
