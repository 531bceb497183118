"""Times of day of a study's events, which the store is sorted by."""

from __future__ import annotations

import math
import time


class EventClock:
    """Gives times of day that always rise, also where the machine's clock jumps back.

    A search that goes on replays its events in the order of their times.

    Args:
        last: Time of the last event that the store holds.
    """

    def __init__(self, last: float = 0.0) -> None:
        self._last = last

    def now(self) -> float:
        """Time of day of an event that happens now, later than all before."""
        self._last = max(time.time(), math.nextafter(self._last, math.inf))
        return self._last
