"""How rows are ranked and what can be told from them: pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev

from bench.records import CLASSIFICATION, GOALS, Goal, Metric, Value


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean with its 95% interval; ``low`` and ``high`` are None for one value."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a leaderboard; None stands for what isn't known or doesn't apply.

    Attributes:
        rank: None until the row was ranked; 1 is the best.
        goal: What the model is for.
        metrics: Of the test split by their names, means over seeds; of what ranks it
            the 95% interval, ``low`` and ``high``.
        validation: The objective of the search's best trial, which was selected by
            it; the mean over folds where there are any.
        validation_deviation: Standard deviation of it over folds.
        folds: Of the cross-validation that selected it.
        train_seconds: Wall-clock seconds to train once, mean over seeds.
        latency_ms_1, latency_ms_64: Milliseconds per image at batch sizes 1 and 64.
        search_core_seconds: Processor time of all trials, failed ones included.
        search_training_seconds: Of all trials, spent in training and validation
            alone; seconds of wall clock.
        seeds: Final trainings that the means are over.
        seed: The one that fixed the splits and the proposals.
        held: Hyperparameters that weren't searched but held at a value.
        study: Identity of the study; empty for references.
        fid_features: By which a generator's images are compared, and how many.
        note: What a reader has to know about this row alone.
        is_reference: Nobody searched it; it is there as a floor.
    """

    dataset: str
    family: str
    metrics: Mapping[str, float | None]
    low: float | None = None
    high: float | None = None
    goal: Goal = GOALS[CLASSIFICATION]
    tuner: str = ""
    validation: float | None = None
    validation_deviation: float | None = None
    folds: int | None = None
    parameters: int | None = None
    train_seconds: float | None = None
    latency_ms_1: float | None = None
    latency_ms_64: float | None = None
    trials_finished: int | None = None
    trials_failed: int | None = None
    search_core_seconds: float | None = None
    search_training_seconds: float | None = None
    seeds: int | None = None
    budget: str = ""
    seed: int | None = None
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)
    held: Mapping[str, Value] = field(default_factory=dict)
    study: str = ""
    fid_features: str = ""
    note: str = ""
    is_reference: bool = False
    rank: int | None = None

    @property
    def score(self) -> float:
        """What it is ranked by."""
        score = self.metrics[self.goal.ranked_by.name]
        assert score is not None
        return score

    @property
    def shown(self) -> float:
        """The score as it reads."""
        return round(self.score, self.goal.ranked_by.digits)


def interval(values: Sequence[float], metric: Metric) -> Interval:
    """Mean and 95% Student interval over seeds, clipped to the metric's bounds."""
    whole = student_interval(values)
    if whole.low is None or whole.high is None:
        return whole
    least, most = metric.bounds
    return replace(whole, low=max(least, whole.low), high=min(most, whole.high))


def student_interval(values: Sequence[float]) -> Interval:
    """Mean of at least one value, and its 95% Student interval."""
    mean, n = fmean(values), len(values)
    if n == 1:
        return Interval(mean=mean, low=None, high=None)
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, 0.975)) * stdev(values) / math.sqrt(n)
    return Interval(mean=mean, low=mean - half, high=mean + half)


def rank(rows: Iterable[Row]) -> list[Row]:
    """Order the rows of one goal by their mean test score and number them 1, 2, 2, 4.

    Means that are equal as they are shown share a rank; among those the order is by
    the next metric, log loss say, parameters and names, so that it never depends on the
    order in which rows arrive. References are ranked along: it is telling when a
    model comes below one.
    """
    ranked: list[Row] = []
    for position, row in enumerate(sorted(rows, key=_order), start=1):
        tied = ranked and ranked[-1].shown == row.shown
        ranked.append(replace(row, rank=ranked[-1].rank if tied else position))
    return ranked


def alike(ranked: Sequence[Row]) -> list[bool]:
    """Say for each row whether it can't be told from the first one.

    That is so where the two 95% intervals overlap, and where either is a study
    with one seed, which gives no interval. A reference has no seeds to vary over
    and counts as a point. The first row itself is never marked.
    """
    return [n > 0 and _overlap(ranked[0], row) for n, row in enumerate(ranked)]


def _order(row: Row) -> tuple[float, float, float, str, str, str]:
    second = None
    for metric in row.goal.shown[:1]:
        value = row.metrics.get(metric.name)
        second = None if value is None else -metric.better(value)
    return (
        -row.goal.ranked_by.better(row.shown),
        math.inf if second is None else second,
        math.inf if row.parameters is None else row.parameters,
        row.family,
        row.tuner,
        row.study,
    )


def _overlap(one: Row, other: Row) -> bool:
    ends = _ends(one), _ends(other)
    if None in ends:
        return True
    (low, high), (other_low, other_high) = (e for e in ends if e is not None)
    return low <= other_high and other_low <= high


def _ends(row: Row) -> tuple[float, float] | None:
    if row.low is not None and row.high is not None:
        return row.low, row.high
    return (row.score, row.score) if row.is_reference else None
