"""The wall-clock budget of a study."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.study.prepare import PreparedStudy

MAX_RESERVE = 0.75
"""Maximum share of the budget that is reserved for the final trainings. Where these get
few epochs, more time for them gains more than further trials do, as measured in
``performance/README.md``, Search or final trainings."""

FIRST_RESERVE = 0.5
"""Share that is reserved before any trial has shown how long a training takes."""

HEAD_RESERVE = 0.2
"""The same where only the layers after a frozen network train, which takes seconds."""

REFERENCE_SHARE = 0.05
"""Share of the budget that references may take when all of it is spent."""


def of_study(prepared: PreparedStudy, spent: float) -> TimeBudget:
    """The budget of a study that has spent some seconds of it."""
    return TimeBudget(
        prepared.spec.budget.seconds,
        spent,
        HEAD_RESERVE if prepared.source.trains_head_only else FIRST_RESERVE,
    )


class TimeBudget:
    """Counts a study's seconds against its budget, and reserves a share for finals.

    It counts by the monotonic clock, which all processes of a machine share and which
    goes on evenly where the time of day is set anew.

    Args:
        seconds: The budget; None for no limit.
        spent: Seconds that the study took before it was interrupted.
        reserve: Share that is reserved before any trial has shown how long a training
            takes.
    """

    def __init__(
        self,
        seconds: float | None,
        spent: float = 0.0,
        reserve: float = FIRST_RESERVE,
    ) -> None:
        self._seconds = seconds
        self._started = self._lap = time.monotonic()
        self._spent_before = spent
        self._reserve = 0.0 if seconds is None else reserve * seconds
        self._is_lifted = False
        self._search_ended: float | None = None

    def end_search(self) -> None:
        """Let the deadline of the search be now; final trainings keep theirs."""
        self._search_ended = time.monotonic()

    def lift(self) -> None:
        """End the limit for trainings; references keep their share of the budget."""
        self._is_lifted = True

    @property
    def spent(self) -> float:
        """Seconds spent so far, including those before an interruption."""
        return self._spent_before + time.monotonic() - self._started

    @property
    def left(self) -> float | None:
        """Seconds left of the budget; None for no limit."""
        if self._seconds is None or self._is_lifted:
            return None
        return max(0.0, self._seconds - self.spent)

    @property
    def search_deadline(self) -> float | None:
        """Time at which the search must end, by the monotonic clock; None for no
        limit.
        """
        if self._search_ended is not None:
            return self._search_ended
        if self.left is None:
            return None
        return time.monotonic() + self.left - self._reserve

    @property
    def reference_deadline(self) -> float | None:
        """Time by which references must be scored; None for no limit."""
        if self._seconds is None:
            return None
        left = 0.0 if self._is_lifted else self._seconds - self.spent
        return time.monotonic() + left + REFERENCE_SHARE * self._seconds

    @property
    def is_search_over(self) -> bool:
        """Whether the search deadline has passed."""
        return self.is_search_over_in(0.0)

    def is_search_over_in(self, seconds: float) -> bool:
        """Whether the search deadline will have passed in some seconds."""
        deadline = self.search_deadline
        return deadline is not None and time.monotonic() + seconds >= deadline

    @property
    def reserved(self) -> float:
        """Seconds that are reserved for the final trainings."""
        return self._reserve

    def reserve(self, seconds: float) -> None:
        """Reserve seconds for the final trainings, up to ``MAX_RESERVE`` of all."""
        if self._seconds is not None:
            self._reserve = min(seconds, MAX_RESERVE * self._seconds)

    def share(
        self, fraction: float, kept: float = 0.0, once: float = 0.0
    ) -> float | None:
        """Time at which a fraction of the remaining time will be spent.

        Args:
            fraction: Of the remaining time.
            kept: Seconds at the end of the share that are kept for something else.
            once: Seconds that are needed once, whatever the number of shares.

        Returns:
            In seconds of the monotonic clock; None for no limit.
        """
        if self.left is None:
            return None
        return time.monotonic() + max(0.0, fraction * (self.left - once) - kept)

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.monotonic()
        seconds, self._lap = now - self._lap, now
        return seconds
