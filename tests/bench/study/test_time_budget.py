"""Time budgets, by a clock that the tests set."""

from collections.abc import Callable

import pytest

from bench.study.time_budget import TimeBudget

START = 1_000_000.0


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stops the clock; the returned function moves it on."""
    now = [START]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    return pass_time


def test_without_a_limit_nothing_ends(pass_time: Callable) -> None:
    budget = TimeBudget(None)
    budget.reserve(1e9)
    pass_time(1e9)
    assert budget.left is None
    assert budget.search_deadline is None
    assert budget.share(0.5) is None
    assert not budget.is_search_over


def test_search_ends_before_the_budget_does(pass_time: Callable) -> None:
    budget = TimeBudget(100.0)
    deadline = budget.search_deadline
    assert deadline is not None
    assert START + 50 <= deadline < START + 100
    pass_time(deadline - START - 1)
    assert not budget.is_search_over
    pass_time(2)
    assert budget.is_search_over
    assert budget.left > 0


def test_seconds_before_an_interruption_count(pass_time: Callable) -> None:
    budget = TimeBudget(100.0, spent=60.0)
    pass_time(15)
    assert budget.spent == 75
    assert budget.left == 25
    assert TimeBudget(100.0, spent=99.0).is_search_over


def test_nothing_is_left_of_an_overdrawn_budget(pass_time: Callable) -> None:
    budget = TimeBudget(100.0, spent=90.0)
    pass_time(30)
    assert budget.left == 0
    assert budget.share(0.5) == START + 30


def test_reserve_moves_the_end_of_the_search(pass_time: Callable) -> None:
    budget = TimeBudget(100.0)
    budget.reserve(10)
    assert budget.search_deadline == START + 90
    budget.reserve(40)
    assert budget.search_deadline == START + 60


def test_finals_never_claim_all_of_the_time(pass_time: Callable) -> None:
    budget = TimeBudget(100.0)
    budget.reserve(1000)
    assert budget.search_deadline == START + 25


def test_shares_divide_what_is_left(pass_time: Callable) -> None:
    budget = TimeBudget(100.0)
    pass_time(40)
    assert budget.share(1 / 3) == START + 40 + 20
    pass_time(20)
    assert budget.share(1 / 2) == START + 60 + 20


def test_what_is_needed_once_is_taken_from_all_shares_alike(
    pass_time: Callable,
) -> None:
    """Two rounds of final trainings, the first of which computes features in 20 s."""
    budget = TimeBudget(100.0)
    first = budget.share(1 / 2, kept=5, once=20)
    assert first == START + 35
    pass_time(35 + 20 + 5)  # it trains for 35 s, and is tested
    second = budget.share(1, kept=5)
    assert second == START + 60 + 35


def test_laps_add_up_to_what_was_spent(pass_time: Callable) -> None:
    budget = TimeBudget(None, spent=5.0)
    laps = []
    for seconds in (1, 2, 4):
        pass_time(seconds)
        laps.append(budget.lap())
    assert laps == [1, 2, 4]
    assert budget.lap() == 0
    assert budget.spent == 5 + sum(laps)
