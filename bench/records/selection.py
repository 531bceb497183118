"""Which trial is the best, and what is compared where each is one fold of several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from bench.records import Goal, StudySpec, TrialRecord, TrialState

DEVIATION = "validation_deviation"
"""Metric of a candidate: standard deviation of the objective over the folds."""


def best_trial(trials: Iterable[TrialRecord], spec: StudySpec) -> TrialRecord | None:
    """The finished trial with the best validation score, None without one.

    Ties go to the better tie breaker, then to more epochs, then to the lower number.
    With folds it is the mean over them that counts; where candidates were halved,
    those of the last iteration are compared, as in scikit-learn.
    """
    return _best_of(candidates(trials, spec), spec)


class BestSoFar:
    """The best of trials that end one by one, as ``best_trial`` would find it.

    Args:
        spec: Of the study.

    Attributes:
        trial: The best, the folds of a candidate as one trial; None before there is
            any.
    """

    def __init__(self, spec: StudySpec) -> None:
        self._spec = spec
        self._incomplete: dict[str, list[TrialRecord]] = {}
        self.trial: TrialRecord | None = None

    def add(self, trial: TrialRecord) -> TrialRecord | None:
        """Compare what a trial completes, and give it; None where folds are missing."""
        compared = self._completed(trial)
        if compared is not None:
            known = [] if self.trial is None else [self.trial]
            self.trial = _best_of([*known, compared], self._spec)
        return compared

    def _completed(self, trial: TrialRecord) -> TrialRecord | None:
        if self._spec.folds is None:
            return trial
        own = self._incomplete.setdefault(_candidate(trial), [])
        own.append(trial)
        return next(iter(candidates(own, self._spec)), None)


def _best_of(compared: Iterable[TrialRecord], spec: StudySpec) -> TrialRecord | None:
    """The best of what ``candidates`` gave."""
    goal = spec.aim
    left = [trial for trial in compared if validation_score(trial, goal) is not None]
    if spec.folds is not None:
        last = max((trial.proposal.rung for trial in left), default=0)
        left = [trial for trial in left if trial.proposal.rung == last]
    return min(left, key=lambda trial: _preference(trial, goal), default=None)


def candidates(trials: Iterable[TrialRecord], spec: StudySpec) -> list[TrialRecord]:
    """The trials as they are compared: the folds of a candidate as one trial.

    Its metrics are their means, with the standard deviation of the objective as
    ``DEVIATION``, its seconds their sum. A candidate of which a fold failed or isn't
    over is left out.
    """
    if spec.folds is None:
        return list(trials)
    groups: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        if validation_score(trial, spec.aim) is not None:
            groups.setdefault(_candidate(trial), []).append(trial)
    whole = [group for group in groups.values() if len(group) == spec.folds]
    return [_together(group, spec.aim) for group in whole]


def _candidate(trial: TrialRecord) -> str:
    """What the folds of a candidate share."""
    values = sorted(trial.proposal.hyperparameters.items())
    return f"{trial.proposal.epochs} {values}"


def _together(trials: Sequence[TrialRecord], goal: Goal) -> TrialRecord:
    first = min(trials, key=lambda trial: trial.number)
    results = [trial.result for trial in trials if trial.result is not None]
    metrics = {
        name: fmean(result.metrics[name] for result in results)
        for name in results[0].metrics
    }
    metrics[DEVIATION] = pstdev(result.metrics[goal.validated] for result in results)
    return replace(
        first,
        started=min(trial.started for trial in trials),
        ended=max(trial.ended or trial.started for trial in trials),
        result=replace(
            results[0],
            metrics=metrics,
            seconds=sum(result.seconds for result in results),
            core_seconds=sum(result.core_seconds for result in results),
        ),
    )


def validation_score(trial: TrialRecord, goal: Goal) -> float | None:
    """The objective of a finished trial; None where it has none or it is no number."""
    if trial.state is not TrialState.FINISHED or trial.result is None:
        return None
    return finite(trial.result.metrics.get(goal.validated))


def finite(value: float | None) -> float | None:
    """The value, or None in place of NaN and infinities."""
    return value if value is not None and math.isfinite(value) else None


def _preference(trial: TrialRecord, goal: Goal) -> tuple[float, float, int, int]:
    assert trial.result is not None
    metrics = trial.result.metrics
    second = finite(metrics.get(goal.settled))
    return (
        -goal.objective.better(metrics[goal.validated]),
        math.inf if second is None else -goal.tie_breaker.better(second),
        -trial.result.epochs,
        trial.number,
    )
