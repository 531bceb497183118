"""The learning curve of a training: its best epoch, and when it should stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.records import EpochRecord, TaskType

Report = Callable[[EpochRecord], bool]
"""Called with each epoch as it ends; returns False to end the training."""


class DivergedError(ArithmeticError):
    """A metric is no longer finite, so that training can't continue."""


class CollapsedError(ArithmeticError):
    """A generator makes the same image from all inputs."""


class LearningCurve:
    """Collects epochs, keeps the weights of the best one, and decides when to stop.

    Args:
        task_type: Says which of two epochs is better.
        patience: Maximum number of epochs without improvement. An epoch improves if
            its objective is better, or its tie breaker lower, than all before; the
            objective alone would be too coarse, since on some hundred validation
            images an early lucky epoch may stay unbeaten for long while the loss
            still falls fast. None to train to the end and keep the last epoch, so
            that validation chooses no epoch.
        report: Called with each epoch as it ends.
        deadline: Time after which no further epoch starts, by the monotonic clock;
            None for no limit.
        patience_start: Number of epochs that patience does not count: before a
            learning rate falls in steps, a plateau does not mean that training is over.

    Attributes:
        epoch: Number of epochs so far.
        improved_epoch: Number of the last epoch that improved.
        least_tie_breaker: Lowest tie breaker so far.
        best_epoch: Number of the best epoch, from 1; 0 before the first.
        best_metrics: Metrics of the best epoch.
        best_weights: Weights of the best epoch; empty without patience.
    """

    def __init__(
        self,
        task_type: TaskType,
        patience: int | None,
        report: Report,
        deadline: float | None = None,
        patience_start: int = 0,
    ) -> None:
        self._patience_start = patience_start
        self._task_type = task_type
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
        """Whether no further epoch should be trained; never before the first."""
        if self.epoch == 0:
            return False
        return self._asked_to_stop or self._is_stuck or self.is_time_up

    @property
    def is_time_up(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    @property
    def _is_stuck(self) -> bool:
        if self._patience is None:
            return False
        start = max(self.improved_epoch, self._patience_start)
        return self.epoch - start >= self._patience

    def add(
        self,
        metrics: Mapping[str, float],
        seconds: float,
        weights: Callable[[], list[Any]],
    ) -> None:
        """Add an epoch, and report it.

        Args:
            metrics: Metrics of training and validation.
            seconds: Wall-clock seconds of the epoch.
            weights: Returns copies of the model's weights; called only if the epoch
                is the best so far.

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
        """Refuse metrics of the next epoch that are not finite.

        Raises:
            DivergedError: A metric isn't finite.
        """
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise DivergedError(f"{name} is {value} at epoch {self.epoch + 1}")

    def _keep_if_best(
        self, metrics: Mapping[str, float], weights: Callable[[], list[Any]]
    ) -> None:
        key = self._task_type.key(metrics)
        if -key[1] < self.least_tie_breaker:
            self.least_tie_breaker = -key[1]
            self.improved_epoch = self.epoch
        if not self.best_metrics or key > self._task_type.key(self.best_metrics):
            self.best_epoch = self.improved_epoch = self.epoch
            self.best_metrics = dict(metrics)
            self.best_weights = weights()
