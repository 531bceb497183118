"""The clock of a study's search, which stands still while nothing searches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from bench.records import TrialRecord


class SearchClock:
    """Turns times of day into seconds of search.

    The clock runs while a trial trains and while a worker waits for its next trial.
    It stands still between an interruption and the continuation. Times with several
    running trials count once. Work that an interruption lost is not known to the
    store, and does not count.

    Args:
        trials: The trials of a study; those in flight count for nothing.
    """

    def __init__(self, trials: Iterable[TrialRecord]) -> None:
        over = [trial for trial in trials if trial.ended is not None]
        spans = _merged((_start(trial), end_of(trial)) for trial in over)
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._before = [0.0, *accumulate(end - start for start, end in spans)]

    @property
    def seconds(self) -> float:
        """Seconds of the whole search so far."""
        return self._before[-1]

    def at(self, time_of_day: float) -> float:
        """Seconds of search until a time of day."""
        span = bisect_right(self._starts, time_of_day) - 1
        if span < 0:
            return 0.0
        until = min(time_of_day, self._ends[span])
        return self._before[span] + until - self._starts[span]


def end_of(trial: TrialRecord) -> float:
    """Time of day at which a trial ended; its start if it is in flight."""
    return trial.started if trial.ended is None else trial.ended


def _start(trial: TrialRecord) -> float:
    """Time of day since which the trial's worker trained it or waited for it."""
    if trial.result is None:
        return trial.started
    # An interrupted trial started a second time.
    training = max(trial.started, end_of(trial) - trial.result.seconds)
    return training - trial.result.stage_seconds.get("idle", 0.0)


def _merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The union of overlapping spans of time, sorted."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged
