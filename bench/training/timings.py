"""The time of a training, and of each stage of a trial."""

from __future__ import annotations

import time

from bench.records import STAGES


class Clock:
    """Adds up the time that passes inside it.

    Attributes:
        seconds: Of wall-clock time.
        core_seconds: Of all processors together.
    """

    def __init__(self) -> None:
        self.seconds = self.core_seconds = 0.0

    def __enter__(self) -> None:
        self.seconds -= time.perf_counter()
        self.core_seconds -= time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter()
        self.core_seconds += time.process_time()


class StageTimer:
    """Measures the seconds spent in each of ``STAGES``; it starts in ``other``."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._stage = "other"
        self._entered = time.perf_counter()

    def enter(self, stage: str) -> None:
        """End the current stage and begin another one of ``STAGES``."""
        now = time.perf_counter()
        self.seconds[self._stage] += now - self._entered
        self._stage, self._entered = stage, now

    def stop(self) -> dict[str, float]:
        """End the current stage; the seconds spent in each stage so far."""
        self.enter("other")
        return self.seconds
