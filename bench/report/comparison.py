"""Paired comparisons of studies that differ in one held hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from bench.records import FinalRecord, StudySpec, TaskType, Value
from bench.report.ranking import Interval, student_interval
from bench.report.statistics import CrossedScores


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A study that holds hyperparameters, with its final trainings.

    Attributes:
        finals: Final trainings; their seeds fix initial weights and image order.
        scores: What each test image adds to the score of each of them, ``(finals,
            images)``; None if unknown.
        rate_images: As of ``CrossedScores``.
    """

    spec: StudySpec
    finals: Sequence[FinalRecord]
    scores: np.ndarray | None = None
    rate_images: float | None = None

    @property
    def held(self) -> Mapping[str, Value]:
        return dict(self.spec.fixed)

    @property
    def mean(self) -> float:
        """Mean test score over seeds."""
        return fmean(_by_seed(self).values())


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The test scores of two values of a hyperparameter, compared.

    Attributes:
        value: The value with the better mean score.
        other: The value that it is compared with.
        difference: Mean of the paired differences, positive if ``value`` is better,
            with its 95% interval over seeds, and over test images where their
            predictions are known.
        seeds: Number of seeds that both studies have and that are compared.
    """

    task_type: TaskType
    family: str
    hyperparameter: str
    value: Value
    other: Value
    difference: Interval
    seeds: int

    @property
    def is_clear(self) -> bool:
        """Whether there is a 95% interval and it excludes zero."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and not low <= 0 <= high


def comparisons(variants: Sequence[Variant]) -> list[Comparison]:
    """The best value of each held hyperparameter, compared with each other value.

    Studies are compared if their specifications are equal in everything else, budget
    included, whatever the number of their seeds.
    """
    pairs = []
    for name, group in _groups(variants):
        best, *others = sorted(group, key=_preference)
        pairs += [_compared(name, best, other) for other in others]
    return [comparison for comparison in pairs if comparison is not None]


def _groups(variants: Sequence[Variant]) -> list[tuple[str, list[Variant]]]:
    """Studies that differ in one hyperparameter only, with its name."""
    groups: dict[tuple[str, str], list[Variant]] = {}
    for variant in variants:
        for name in variant.held:
            rest = tuple(pair for pair in variant.spec.fixed if pair[0] != name)
            key = name, replace(variant.spec.without_growth, fixed=rest).to_json()
            groups.setdefault(key, []).append(variant)
    return [(name, group) for (name, _), group in groups.items() if len(group) > 1]


def _preference(variant: Variant) -> float:
    return -variant.spec.task_type.ranked_by.better(variant.mean)


def _compared(name: str, best: Variant, other: Variant) -> Comparison | None:
    """A comparison; None if the studies share no seed or hold the same value."""
    best_scores, other_scores = _by_seed(best), _by_seed(other)
    seeds = sorted(best_scores.keys() & other_scores.keys())
    if not seeds or best.held[name] == other.held[name]:
        return None
    better = best.spec.task_type.ranked_by.better
    return Comparison(
        task_type=best.spec.task_type,
        family=best.spec.family,
        hyperparameter=name,
        value=best.held[name],
        other=other.held[name],
        difference=_over_images(best, other, seeds)
        or student_interval(
            [better(best_scores[s]) - better(other_scores[s]) for s in seeds]
        ),
        seeds=len(seeds),
    )


def _over_images(
    best: Variant, other: Variant, seeds: Sequence[int]
) -> Interval | None:
    """The interval over seeds and images; None if one seed or no image is known."""
    if best.scores is None or other.scores is None or len(seeds) == 1:
        return None
    better = best.spec.task_type.ranked_by.better
    one, two = (
        better(1)
        * variant.scores[[n for n, f in enumerate(variant.finals) if f.seed in seeds]]
        for variant in (best, other)
        if variant.scores is not None
    )
    found = CrossedScores([one - two], (), best.rate_images).from_zero(0)
    return Interval(mean=found.mean, low=found.low, high=found.high)


def _by_seed(variant: Variant) -> dict[int, float]:
    """Test scores by seed."""
    name = variant.spec.task_type.tested
    return {final.seed: final.metrics[name] for final in variant.finals}
