"""Predicts the epochs of a study's configurations before the study draws them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.records import Value
from bench.study.cost_model import CostModel
from bench.study.prepare import PreparedStudy
from bench.study.samples import random_sampler
from bench.training.work import WorkCounter

Timed = tuple[Mapping[str, Value], float]
"""A configuration, and the seconds of an epoch as a few timed steps have them."""

SAMPLES = 20
"""Number of configurations whose epochs are predicted."""


@dataclass(frozen=True, kw_only=True)
class PredictedEpochs:
    """Seconds of the epochs of configurations as a study draws them.

    Attributes:
        seconds: Of an epoch of each sampled configuration, at least one.
        factor: Factor within which four of five predictions lie; None if too few
            epochs were timed.
    """

    seconds: tuple[float, ...]
    factor: float | None

    @property
    def mean(self) -> float:
        return fmean(self.seconds)

    def trials_within(
        self, seconds: float, trained: Sequence[float], start: float, workers: int
    ) -> tuple[int, int]:
        """Fewest and most trials that are likely to end within some seconds.

        Args:
            seconds: Of the search.
            trained: Number of epochs of each trial.
            start: Seconds of a trial beside its epochs.
            workers: Number of trials that run at the same time.
        """
        factor = self.factor or 1.0
        most, fewest = (
            self._ended(seconds / slowness, trained, start, workers)
            for slowness in (1 / factor, factor)
        )
        return max(1, fewest), max(1, most)  # one trial has a result, however late

    def _ended(
        self, seconds: float, trained: Sequence[float], start: float, workers: int
    ) -> int:
        """Number of trials before the first that would not end in time."""
        ends = [0.0] * workers
        for number, epochs in enumerate(trained):
            epoch = self.seconds[number % len(self.seconds)]
            end = ends[0] + start + epochs * epoch
            if end > seconds:
                return number
            heapq.heapreplace(ends, end)
        return len(trained)


def predict(
    prepared: PreparedStudy, costs: CostModel, timed: Sequence[Timed]
) -> PredictedEpochs:
    """Predict the epochs of configurations from a few that were timed.

    Args:
        prepared: The study.
        costs: Knows earlier studies; it learns what was timed.
        timed: Timed configurations. Where the work of configurations is unknown, these
            are the sample.
    """
    counter = WorkCounter(prepared.source)
    for values, seconds in timed:
        work = counter(values)
        if work is not None:
            costs.learn(work, seconds)
    works = [counter(values) for values in _drawn(prepared)]
    predicted = [costs.epoch(work) for work in works if work is not None]
    known = [seconds for seconds in predicted if seconds is not None]
    return PredictedEpochs(
        seconds=tuple(known or [seconds for _, seconds in timed]),
        factor=costs.factor if known else None,
    )


def _drawn(prepared: PreparedStudy) -> list[Mapping[str, Value]]:
    """Configurations that a study draws, those that it tries first included."""
    count = min(SAMPLES, prepared.spec.budget.trials)
    sampler = random_sampler(prepared, count, prepared.problem.starts)
    proposals = [sampler.ask(number) for number in range(count)]
    return [each.hyperparameters for each in proposals if each is not None]
