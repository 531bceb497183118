"""The learning curve of a trial in progress: its best epoch, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.records import OBJECTIVE, EpochRecord

Report = Callable[[EpochRecord], bool]
"""Takes each epoch as it ends; False asks the trial to stop."""


class DivergedError(ArithmeticError):
    """The loss is no longer a number, so nothing more can be learnt."""


class LearningCurve:
    """Collects epochs, keeps the weights of the best one, decides when to stop.

    Args:
        patience: Epochs without a better objective before the curve says stop.
        report: Called with each epoch as it ends.
        deadline: Time of day after which no further epoch may start, or None.
    """

    def __init__(
        self, patience: int, report: Report, deadline: float | None = None
    ) -> None:
        self._patience = patience
        self._report = report
        self._deadline = deadline
        self._asked_to_stop = False
        self.epoch = 0
        self.best_epoch = 0
        self.best_metrics: Mapping[str, float] = {}
        self.best_weights: list[Any] = []

    @property
    def should_stop(self) -> bool:
        if self.epoch == 0:  # there is no model to stop with yet
            return False
        if self._asked_to_stop or self.epoch - self.best_epoch >= self._patience:
            return True
        return self._deadline is not None and time.time() >= self._deadline

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
        self.epoch += 1
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise DivergedError(f"{name} is {value} at epoch {self.epoch}")
        key = OBJECTIVE.key
        if not self.best_metrics or key(metrics) > key(self.best_metrics):
            self.best_epoch, self.best_metrics = self.epoch, dict(metrics)
            self.best_weights = weights()
        record = EpochRecord(
            epoch=self.epoch, metrics=dict(metrics), seconds=seconds, ended=time.time()
        )
        self._asked_to_stop = not self._report(record)
