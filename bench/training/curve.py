"""The learning curve of a trial in progress: its best epoch, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.records import EpochRecord, Goal

Report = Callable[[EpochRecord], bool]
"""Takes each epoch as it ends; False asks the trial to stop."""


class DivergedError(ArithmeticError):
    """The loss is no longer a number, so nothing more can be learnt."""


class CollapsedError(ArithmeticError):
    """Whatever a generator is given, it makes the same image."""


class LearningCurve:
    """Collects epochs, keeps the weights of the best one, decides when to stop.

    Args:
        goal: Says which epoch is better.
        patience: Epochs that bring neither a better objective nor a lower tie
            breaker before the curve says stop. The objective alone would be too
            coarse: on some hundred validation images an early lucky epoch may stay
            unbeaten for long while the loss still falls fast. None for a curve that
            goes to its end and keeps that, so that validation chooses no epoch.
        report: Called with each epoch as it ends.
        deadline: Time of day after which no further epoch may start, or None.
    """

    def __init__(
        self,
        goal: Goal,
        patience: int | None,
        report: Report,
        deadline: float | None = None,
    ) -> None:
        self._goal = goal
        self._patience = patience
        self._report = report
        self._deadline = deadline
        self._asked_to_stop = False
        self.epoch = 0
        self.improved_epoch = 0
        self.least_tie_breaker = math.inf
        self.best_epoch = 0
        self.best_metrics: Mapping[str, float] = {}
        self.best_weights: list[Any] = []

    @property
    def should_stop(self) -> bool:
        if self.epoch == 0:  # there is no model to stop with yet
            return False
        if self._asked_to_stop or self._is_stuck:
            return True
        return self._deadline is not None and time.time() >= self._deadline

    @property
    def _is_stuck(self) -> bool:
        if self._patience is None:
            return False
        return self.epoch - self.improved_epoch >= self._patience

    def add(
        self,
        metrics: Mapping[str, float],
        seconds: float,
        weights: Callable[[], list[Any]],
    ) -> None:
        """Add an epoch.

        Args:
            metrics: Of training and validation.
            seconds: That it took.
            weights: Copies the model's weights; called only where this is the best
                epoch so far.

        Raises:
            DivergedError: A metric isn't finite.
        """
        self.check(metrics)
        self.epoch += 1
        if self._patience is None:
            self.best_epoch, self.best_metrics = self.epoch, dict(metrics)
        else:
            self._keep_if_best(metrics, weights)
        record = EpochRecord(
            epoch=self.epoch, metrics=dict(metrics), seconds=seconds, ended=time.time()
        )
        self._asked_to_stop = not self._report(record)

    def check(self, metrics: Mapping[str, float]) -> None:
        """Refuse metrics of the epoch to come that are no numbers.

        Raises:
            DivergedError: With the first such.
        """
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise DivergedError(f"{name} is {value} at epoch {self.epoch + 1}")

    def _keep_if_best(
        self, metrics: Mapping[str, float], weights: Callable[[], list[Any]]
    ) -> None:
        key = self._goal.key(metrics)
        if -key[1] < self.least_tie_breaker:
            self.least_tie_breaker = -key[1]
            self.improved_epoch = self.epoch
        if not self.best_metrics or key > self._goal.key(self.best_metrics):
            self.best_epoch = self.improved_epoch = self.epoch
            self.best_metrics = dict(metrics)
            self.best_weights = weights()
