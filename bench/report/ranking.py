"""Rows of a leaderboard, their ranks and their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev

from bench.records import CLASSIFICATION, TASK_TYPES, Metric, Role, TaskType, Value
from bench.records.wording import searched_name
from bench.report.statistics import Difference

WORSE = "worse than the first row"
"""Verdict of a row whose difference from the first row is no accident."""

TIED = "as good as the first row, within 0.01"
"""Verdict of a row whose difference from the first row is small for certain."""

OPEN = "too few seeds or images to say"
"""Verdict of a row whose difference from the first row may be an accident."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean with its 95% confidence interval.

    Attributes:
        mean: Mean of the values.
        low, high: Ends of the interval; None if there is a single value, or one that
            isn't finite.
    """

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A configuration in an ensemble.

    Attributes:
        trial: Number of its trial.
        role: ``FINAL`` for the best configuration, whose first final training counts;
            ``MEMBER`` for the others.
        weight: Share of its probabilities in those of the ensemble; 0 if the
            validation images are better predicted without it.
        validation: Objective of the trial.
        hyperparameters: Of the trial.
    """

    trial: int
    role: Role
    weight: float
    validation: float | None
    hyperparameters: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a leaderboard; None stands for a value that is unknown or missing.

    The row of an ensemble has the search of its study and the costs of all its models
    together: parameters and latency of those that predict, seconds of those that were
    trained.

    Attributes:
        metrics: Means of the test metrics over seeds, by name.
        low, high: Ends of the 95% interval of the metric that ranks: over seeds and
            test images, or over seeds alone if ``of_images`` is None.
        of_seeds, of_images: Standard errors that seeds and test images would have
            alone; None if unknown.
        verdict: What can be said of the difference from the first row; empty for the
            first row itself, and if it is unknown.
        p_value: Of that difference, corrected for all pairs of rows.
        difference_error: Standard error of that difference.
        optimism: By how much the validation score that selected the best trial is
            better than the test score.
        optimism_low, optimism_high: Ends of its 95% interval.
        better_than: Keys of the rows of which it is clear, by the same correction, that
            this row is better; None if it is unknown.
        task_type: Task type of the model.
        validation: Objective of the best trial, by which the trial was selected; with
            folds, the mean over them.
        validation_deviation: Standard deviation of the objective over folds.
        folds: Number of folds of the cross-validation that selected the trial.
        train_seconds: Wall-clock seconds of one final training, mean over seeds.
        latency_ms_1, latency_ms_64: Milliseconds per image at batch sizes 1 and 64.
        search_core_seconds: Processor time of all trials, failed trials included.
        search_training_seconds: Wall-clock seconds that all trials spent in training
            and validation.
        seeds: Number of final trainings, over which the means are taken.
        seed: Seed of the splits and of the proposals.
        hyperparameters: Hyperparameters of the best trial.
        size: Size of the search space; None for references.
        precision: Numbers in which the models compute; None for references.
        held: Hyperparameters that were held at a value, or searched in another range
            than the family's.
        study: Identity of the study; empty for references.
        fid_features: Describes the features that FID compares, and over how many
            images.
        note: Remark about this row alone.
        is_reference: Whether the row is a reference, which nobody searched.
        is_default: Whether the row is the default configuration of its family.
        ensemble: Which models of the study are averaged; empty for a single model.
        members: Configurations of an ensemble and their weights; empty if its models
            have the configuration of the study's own row.
        gain: What an ensemble is better by than the study's own row, over test images.
        model_proposals: Number of configurations that a model of the results proposed.
        rank: 1 for the best; None before ranking, and for ensembles.
        repeats: Scores of the studies that the row stands for, by their seeds; empty
            for the row of a single study.
        studies: Identities of these studies.
        interval_over: What the interval of such a row covers.
    """

    dataset: str
    family: str
    metrics: Mapping[str, float | None]
    low: float | None = None
    high: float | None = None
    of_seeds: float | None = None
    of_images: float | None = None
    verdict: str = ""
    p_value: float | None = None
    difference_error: float | None = None
    optimism: float | None = None
    optimism_low: float | None = None
    optimism_high: float | None = None
    better_than: tuple[str, ...] | None = None
    task_type: TaskType = TASK_TYPES[CLASSIFICATION]
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
    size: str | None = None
    precision: str | None = None
    held: Mapping[str, Value] = field(default_factory=dict)
    study: str = ""
    fid_features: str = ""
    note: str = ""
    is_reference: bool = False
    is_default: bool = False
    ensemble: str = ""
    members: tuple[Member, ...] = ()
    gain: Difference | None = None
    model_proposals: int | None = None
    rank: int | None = None
    repeats: tuple[float, ...] = ()
    studies: tuple[str, ...] = ()
    interval_over: str = ""

    @property
    def name(self) -> str:
        """Name of the family, what was searched, and which of its models this is."""
        which = "default" if self.is_default else self.ensemble
        searched = searched_name(self.family, self.size, self.precision)
        return ", ".join(filter(None, (searched, which)))

    @property
    def is_of_search(self) -> bool:
        """Whether it is the best configuration alone that a search found."""
        return not (self.is_reference or self.is_default or self.ensemble)

    @property
    def score(self) -> float:
        """The value of the metric that ranks."""
        score = self.metrics[self.task_type.ranked_by.name]
        assert score is not None
        return score

    @property
    def shown(self) -> float:
        """The score, rounded to the digits that are shown."""
        return round(self.score, self.task_type.ranked_by.digits)


def interval(values: Sequence[float], metric: Metric) -> Interval:
    """Mean and 95% interval by Student's t, clipped to the metric's bounds."""
    unbounded = student_interval(values)
    if unbounded.low is None or unbounded.high is None:
        return unbounded
    lowest, highest = metric.bounds
    return replace(
        unbounded, low=max(lowest, unbounded.low), high=min(highest, unbounded.high)
    )


def student_interval(values: Sequence[float]) -> Interval:
    """Mean of one or more values, and its 95% interval by Student's t."""
    mean, n = fmean(values), len(values)
    if n == 1 or not all(map(math.isfinite, values)):
        return Interval(mean=mean, low=None, high=None)
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, 0.975)) * stdev(values) / math.sqrt(n)
    return Interval(mean=mean, low=mean - half, high=mean + half)


def rank(rows: Iterable[Row]) -> list[Row]:
    """Sort rows of one task type by mean test score, and number them as 1, 2, 2, 4.

    Rows whose scores are equal after rounding share a rank. They are sorted by the
    next metric, such as log loss, then by parameters and names, so that the order of
    ``rows`` never matters. Scores that are no number come last. References are ranked
    too.
    """
    ranked: list[Row] = []
    for position, row in enumerate(sorted(rows, key=_order), start=1):
        tied = ranked and _first(ranked[-1]) == _first(row)
        ranked.append(replace(row, rank=ranked[-1].rank if tied else position))
    return ranked


def placed(rows: Iterable[Row]) -> list[Row]:
    """Sort rows as ``rank`` does; they keep the ranks that they have, or none."""
    return sorted(rows, key=_order)


def overlaps_first(rows: Sequence[Row]) -> list[bool]:
    """Whether each ranked row may be as good as the first one of these.

    False for the first ranked row itself, and for ensembles, which have no rank. The
    verdict of a row says so. Where it has none, the two 95% intervals over seeds say so
    if they overlap: a study with a single seed has no interval, and counts as
    overlapping with every row; a reference counts as a point.
    """
    ranked = [row for row in rows if not row.ensemble]
    return [
        not row.ensemble
        and row is not ranked[0]
        and (row.verdict != WORSE if row.verdict else _overlap(ranked[0], row))
        for row in rows
    ]


def _order(row: Row) -> tuple[float | str, ...]:
    return (
        _first(row),
        *(_key(m, row.metrics.get(m.name)) for m in row.task_type.shown[:1]),
        math.inf if row.parameters is None else row.parameters,
        row.family,
        row.tuner,
        row.study,
    )


def _first(row: Row) -> float:
    return _key(row.task_type.ranked_by, row.shown)


def _key(metric: Metric, value: float | None) -> float:
    """Rises from the best value to the worst, which is an unknown one."""
    if value is None or math.isnan(value):
        return math.inf
    return -metric.better(value)


def _overlap(first: Row, other: Row) -> bool:
    first_ends, other_ends = _ends(first), _ends(other)
    if first_ends is None or other_ends is None:
        return True
    return first_ends[0] <= other_ends[1] and other_ends[0] <= first_ends[1]


def _ends(row: Row) -> tuple[float, float] | None:
    """Ends of a row's interval; None for a study with a single seed."""
    if row.low is not None and row.high is not None:
        return row.low, row.high
    return (row.score, row.score) if row.is_reference else None
