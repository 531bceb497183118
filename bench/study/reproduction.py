"""What training the finals of a study again has shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bench.records import StudyRecord
from bench.report.ranking import Interval, interval


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """A final training as it is recorded, and as it was trained again.

    Attributes:
        seed: Seed of the training.
        recorded, again: The metric that ranks.
        predictions: Largest difference of the predictions for a test image; None
            for task types other than classification.
    """

    seed: int
    recorded: float
    again: float
    predictions: float | None

    @property
    def difference(self) -> float:
        """The score of the new training minus the recorded one."""
        return self.again - self.recorded


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """The finals of a study, trained again.

    Attributes:
        study: The study.
        finals: In the order of their seeds.
        notes: Lines for the user: what differs from the recorded conditions.
    """

    study: StudyRecord
    finals: tuple[Reproduced, ...]
    notes: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether all scores are equal to the recorded ones."""
        return all(final.difference == 0 for final in self.finals)

    @property
    def interval(self) -> Interval:
        """The mean difference, paired by seed, with its 95% interval."""
        differences = [final.difference for final in self.finals]
        metric = self.study.spec.task_type.ranked_by
        return interval(differences, replace(metric, bounds=(-np.inf, np.inf)))

    @property
    def verdict(self) -> str:
        """Whether the result holds, in a sentence."""
        if self.is_equal:
            return "every score is equal to the recorded one: the result is reproduced"
        digits = self.study.spec.task_type.ranked_by.digits
        found = self.interval
        mean = f"the scores differ by {found.mean:+.{digits}f} on average"
        if found.low is None or found.high is None:
            return f"{mean}; one seed gives no interval"
        between = f"95% interval {found.low:+.{digits}f} to {found.high:+.{digits}f}"
        if found.low <= 0 <= found.high:
            return f"{mean} ({between}), which includes 0: the result holds"
        return f"{mean} ({between}), which excludes 0: the result does not hold"
