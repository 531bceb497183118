"""Forecasts how long a training will take, from the trials that ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from statistics import median

from bench.records import EPOCH_SHARE, TrialResult, Value
from bench.study.cost_model import CostModel
from bench.training.work import Work

Hyperparameters = Mapping[str, Value]

RECENT = 100
"""Maximum number of trials that a forecast considers, the latest ones."""


class Forecast:
    """Learns from finished trials of a study how long the next one will take.

    The features of a frozen network are left out, since few trials compute them.

    Args:
        affinity: Returns a text; trials of one text take about the same time.
        work: Returns the work of a configuration, which is asked for if no trial of its
            affinity has ended; None if it is unknown.
        costs: Predicts an epoch from its work; None to take the median of all epochs.
        start: Seconds of a trial beside its epochs, as in earlier studies; None if
            there are none.
    """

    def __init__(
        self,
        affinity: Callable[[Hyperparameters], str],
        work: Callable[[Hyperparameters], Work | None] = lambda _: None,
        costs: CostModel | None = None,
        start: float | None = None,
    ) -> None:
        self._affinity = affinity
        self._work = work
        self._costs = costs
        self._start = start
        self._epoch: dict[str, deque[float]] = {}
        self._validation: dict[str, deque[float]] = {}
        self._every: deque[float] = deque(maxlen=RECENT)
        self._rest: deque[float] = deque(maxlen=RECENT)
        self._share: deque[float] = deque(maxlen=RECENT)

    def learn(
        self,
        hyperparameters: Hyperparameters,
        result: TrialResult,
        *,
        trained: float,
        asked: float,
        validated: float | None = None,
    ) -> None:
        """Learn from a finished trial.

        Args:
            hyperparameters: Of the trial.
            result: Result of the trial.
            trained: Epochs that it trained itself, without those of its parent. One
                on a part of the images counts as that part of an epoch.
            asked: Maximum epochs that it could train itself.
            validated: How often it predicted all validation images; None for
                ``trained``.
        """
        if not trained:
            return
        stages = result.stage_seconds
        validation = stages.get("validation", 0.0) / (validated or trained)
        # Of an epoch that was cut short a part was trained, but all was validated.
        share = result.metrics.get(EPOCH_SHARE, 1.0) * trained
        epoch = stages.get("training", 0.0) / share + validation
        rest = result.seconds - stages.get("training", 0.0)
        rest -= stages.get("validation", 0.0)
        if not epoch:
            epoch, rest = result.seconds / share, 0.0
        affinity = self._affinity(hyperparameters)
        _recent(self._epoch, affinity).append(epoch)
        _recent(self._validation, affinity).append(validation)
        self._every.append(epoch)
        self._rest.append(rest - stages.get("features", 0.0))
        self._share.append(trained / asked)
        work = None if self._costs is None else self._work(hyperparameters)
        if self._costs is not None and work is not None:
            self._costs.learn(work, epoch)

    def trial(self, hyperparameters: Hyperparameters, asked: float) -> float | None:
        """Seconds that a trial will take.

        None before any trial finished, unless earlier studies tell.

        Args:
            hyperparameters: Of the trial.
            asked: Maximum epochs. The trial is expected to train the median share
                of them that earlier trials trained.
        """
        if self._rest:
            share = median(self._share)
            return self.training(hyperparameters, asked * share)
        epoch = self._predicted(hyperparameters)
        if epoch is None or self._start is None:
            return None
        return asked * epoch + self._start

    def training(self, hyperparameters: Hyperparameters, epochs: float) -> float:
        """Seconds of a training of so many epochs, building its model included."""
        return epochs * self.epoch(hyperparameters) + median(self._rest or [0.0])

    def epoch(self, hyperparameters: Hyperparameters) -> float:
        """Seconds of an epoch and its validation.

        Uses the epochs of trials of the same affinity if there are any, else the cost
        model, else all epochs.
        """
        known = self._epoch.get(self._affinity(hyperparameters))
        predicted = None if known else self._predicted(hyperparameters)
        return median(known or self._every or [0.0]) if predicted is None else predicted

    def _predicted(self, hyperparameters: Hyperparameters) -> float | None:
        """Seconds of an epoch by the cost model; None if it doesn't know."""
        work = None if self._costs is None else self._work(hyperparameters)
        if self._costs is None or work is None:
            return None
        return self._costs.epoch(work)

    def validation(self, hyperparameters: Hyperparameters) -> float:
        """Seconds in which the validation images are predicted; 0 if unknown."""
        affinity = self._affinity(hyperparameters)
        return median(self._validation.get(affinity) or [0.0])


def _recent(known: dict[str, deque[float]], affinity: str) -> deque[float]:
    return known.setdefault(affinity, deque(maxlen=RECENT))
