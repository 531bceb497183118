"""Forecasts how long a training will take, from the trials that ended."""

from __future__ import annotations

from collections import deque
from statistics import median

from bench.records import EPOCH_SHARE, TrialResult

RECENT = 100
"""Maximum number of trials that a forecast considers, the latest ones."""


class Forecast:
    """Learns from finished trials of a study how long the next one will take.

    The features of a frozen network are left out, since few trials compute them.
    """

    def __init__(self) -> None:
        self._epoch: dict[str, deque[float]] = {}
        self._validation: dict[str, deque[float]] = {}
        self._every: deque[float] = deque(maxlen=RECENT)
        self._rest: deque[float] = deque(maxlen=RECENT)
        self._share: deque[float] = deque(maxlen=RECENT)

    def learn(
        self, affinity: str, result: TrialResult, *, trained: int, asked: int
    ) -> None:
        """Learn from a finished trial.

        Args:
            affinity: Trials of one affinity take about the same time.
            result: Result of the trial.
            trained: Epochs that it trained itself, without those of its parent.
            asked: Maximum epochs that it could train itself.
        """
        if trained < 1:
            return
        stages = result.stage_seconds
        validation = stages.get("validation", 0.0)
        # Of an epoch that was cut short a part was trained, but all was validated.
        share = result.metrics.get(EPOCH_SHARE, trained)
        epoch = stages.get("training", 0.0) / share + validation / trained
        rest = result.seconds - stages.get("training", 0.0) - validation
        if not epoch:
            epoch, rest = result.seconds / share, 0.0
        _recent(self._epoch, affinity).append(epoch)
        _recent(self._validation, affinity).append(validation / trained)
        self._every.append(epoch)
        self._rest.append(rest - stages.get("features", 0.0))
        self._share.append(trained / asked)

    def trial(self, affinity: str, asked: int) -> float | None:
        """Seconds that a trial will take; None before any trial finished.

        Args:
            affinity: Affinity of the trial.
            asked: Maximum epochs. The trial is expected to train the median share
                of them that earlier trials trained.
        """
        if not self._rest:
            return None
        share = median(self._share)
        return self.training(affinity, asked * share)

    def training(self, affinity: str, epochs: float) -> float:
        """Seconds of a training of so many epochs, building its model included.

        Uses the epochs of trials of the same affinity if there are any, else of all.
        """
        return epochs * self.epoch(affinity) + median(self._rest or [0.0])

    def epoch(self, affinity: str) -> float:
        """Seconds of an epoch and its validation."""
        return median(self._epoch.get(affinity) or self._every or [0.0])

    def validation(self, affinity: str) -> float:
        """Seconds in which the validation images are predicted; 0 if unknown."""
        return median(self._validation.get(affinity) or [0.0])


def _recent(known: dict[str, deque[float]], affinity: str) -> deque[float]:
    return known.setdefault(affinity, deque(maxlen=RECENT))
