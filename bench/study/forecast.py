"""How long a training will take, from those that ended."""

from __future__ import annotations

from collections import deque
from statistics import median

from bench.records import TrialResult

RECENT = 100
"""Trials that are remembered, so that a forecast takes no longer after thousands."""


class Forecast:
    """Learns from the trials of a study what the next one costs."""

    def __init__(self) -> None:
        self._epoch: dict[str, deque[float]] = {}
        self._every: deque[float] = deque(maxlen=RECENT)
        self._rest: deque[float] = deque(maxlen=RECENT)
        self._share: deque[float] = deque(maxlen=RECENT)

    def learn(
        self, affinity: str, result: TrialResult, *, own: int, asked: int
    ) -> None:
        """Learn from a finished trial.

        Args:
            affinity: Trials of one affinity take alike.
            result: Of the trial.
            own: Epochs that it trained, its parent's left out.
            asked: Epochs that it might have trained, its parent's left out.
        """
        if own < 1:
            return
        stages = result.stage_seconds
        epochs = stages.get("training", 0.0) + stages.get("validation", 0.0)
        if not epochs:
            epochs = result.seconds
        like = self._epoch.setdefault(affinity, deque(maxlen=RECENT))
        like.append(epochs / own)
        self._every.append(epochs / own)
        self._rest.append(result.seconds - epochs)
        self._share.append(own / asked)

    def trial(self, affinity: str, asked: int) -> float | None:
        """Seconds that a trial will take, None where nothing is known.

        Args:
            affinity: Of the trial.
            asked: Epochs that it may train; it will train the share of them that
                trials did so far.
        """
        if not self._rest:
            return None
        share = median(self._share)
        return self.training(affinity, asked * share)

    def training(self, affinity: str, epochs: float) -> float:
        """Seconds that a training of so many epochs takes, from building its model on.

        By epochs of like trials, where there are any.
        """
        epoch = median(self._epoch.get(affinity) or self._every or [0.0])
        return epochs * epoch + median(self._rest or [0.0])
