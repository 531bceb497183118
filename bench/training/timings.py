"""Where the time of a trial goes."""

from __future__ import annotations

import time

from bench.records import STAGES


class StageClock:
    """Attributes time to the stage entered last; it starts in ``other``."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._stage = "other"
        self._entered = time.perf_counter()

    def enter(self, stage: str) -> None:
        """Leave the present stage for one of ``STAGES``."""
        now = time.perf_counter()
        self.seconds[self._stage] += now - self._entered
        self._stage, self._entered = stage, now

    def stop(self) -> dict[str, float]:
        """The seconds of every stage, up to now."""
        self.enter("other")
        return self.seconds
