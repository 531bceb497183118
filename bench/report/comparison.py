"""Studies that differ in one held hyperparameter alone, compared seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from bench.records import FinalRecord, Goal, StudySpec, Value
from bench.report.ranking import Interval, student_interval


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is compared of a study.

    Attributes:
        finals: Tested trainings; their seeds fix initial weights and order.
    """

    spec: StudySpec
    finals: Sequence[FinalRecord]

    @property
    def held(self) -> Mapping[str, Value]:
        return dict(self.spec.fixed)

    @property
    def mean(self) -> float:
        return fmean(_by_seed(self).values())


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A value of a held hyperparameter against another one.

    Attributes:
        goal: What the models are for.
        difference: Of the test scores, ``value``'s less ``other``'s: the mean
            over the seeds that both have, with its 95% Student interval.
        seeds: How many these are.
    """

    goal: Goal
    family: str
    hyperparameter: str
    value: Value
    other: Value
    difference: Interval
    seeds: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and not low <= 0 <= high


def comparisons(variants: Sequence[Variant]) -> list[Comparison]:
    """The best value of each hyperparameter against each other one that was held.

    Both studies must have been asked for the same in all else, budget included.
    """
    found = []
    for group in _groups(variants):
        best, *others = sorted(group, key=_preference)
        found += [_compared(best, other) for other in others]
    return [comparison for comparison in found if comparison is not None]


_Named = tuple[str, Variant]
"""A study with the hyperparameter that its group differs in."""


def _groups(variants: Sequence[Variant]) -> list[list[_Named]]:
    groups: dict[tuple[str, str], list[_Named]] = {}
    for variant in variants:
        for name in variant.held:
            rest = tuple(pair for pair in variant.spec.fixed if pair[0] != name)
            key = name, replace(variant.spec, fixed=rest).to_json()
            groups.setdefault(key, []).append((name, variant))
    return [group for group in groups.values() if len(group) > 1]


def _preference(named: _Named) -> float:
    variant = named[1]
    return -variant.spec.aim.ranked_by.better(variant.mean)


def _compared(best: _Named, other: _Named) -> Comparison | None:
    name, variant = best
    first, second = (_by_seed(v) for v in (variant, other[1]))
    seeds = sorted(first.keys() & second.keys())
    if not seeds or variant.held[name] == other[1].held[name]:
        return None
    better = variant.spec.aim.ranked_by.better
    return Comparison(
        goal=variant.spec.aim,
        family=variant.spec.family,
        hyperparameter=name,
        value=variant.held[name],
        other=other[1].held[name],
        difference=student_interval(
            [better(first[s]) - better(second[s]) for s in seeds]
        ),
        seeds=len(seeds),
    )


def _by_seed(variant: Variant) -> dict[int, float]:
    name = variant.spec.aim.tested
    return {final.seed: final.metrics[name] for final in variant.finals}
