"""What is left of a study's wall-clock budget."""

from __future__ import annotations

import time

LARGEST_RESERVE = 0.5
"""Share of the budget that final trainings may claim before they start."""

FIRST_RESERVE = 0.25
"""Share that is kept back for them before any trial has told what one takes."""


class BudgetClock:
    """Counts a study's seconds against its budget, final trainings' share kept back.

    Args:
        seconds: The budget; None for no limit.
        spent: Seconds that earlier sittings took.
    """

    def __init__(self, seconds: float | None, spent: float = 0.0) -> None:
        self._seconds = seconds
        self._started = self._lap = time.time()
        self._spent_before = spent
        self._reserve = 0.0 if seconds is None else FIRST_RESERVE * seconds

    @property
    def spent(self) -> float:
        """Seconds spent so far, earlier sittings included."""
        return self._spent_before + time.time() - self._started

    @property
    def left(self) -> float | None:
        """Seconds left of the budget; None for no limit."""
        return None if self._seconds is None else max(0.0, self._seconds - self.spent)

    @property
    def search_deadline(self) -> float | None:
        """Time of day at which the search must end; None for no limit."""
        if self.left is None:
            return None
        return time.time() + self.left - self._reserve

    @property
    def search_is_over(self) -> bool:
        deadline = self.search_deadline
        return deadline is not None and time.time() >= deadline

    def reserve(self, seconds: float) -> None:
        """Keep seconds back for the final trainings, up to half of the budget."""
        if self._seconds is not None:
            self._reserve = min(seconds, LARGEST_RESERVE * self._seconds)

    def share(self, fraction: float) -> float | None:
        """Time of day at which a fraction of what is left will be spent."""
        return None if self.left is None else time.time() + fraction * self.left

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.time()
        seconds, self._lap = now - self._lap, now
        return seconds
