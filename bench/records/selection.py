"""Selects the best trial; trials on folds are compared as one trial a candidate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from bench.records import StudyRecord, StudySpec, TaskType, TrialRecord, TrialState

DEVIATION = "validation_deviation"
"""Metric of a candidate: standard deviation of the objective over its folds."""


def best_trial(trials: Iterable[TrialRecord], spec: StudySpec) -> TrialRecord | None:
    """The finished trial with the best validation score; None if no trial finished.

    Ties go to the better tie breaker, then to more images, then to more epochs, then to
    the lower number. A score counts alike however long a trial trained, and on however
    many images: more of them would have made the score better rather than worse.
    With folds, candidates are compared by their means over the folds; after halving,
    only the candidates of the last iteration, as in scikit-learn.
    """
    return _best_of(whole_trials(trials, spec), spec)


def tested_trial(
    study: StudyRecord, trials: Iterable[TrialRecord]
) -> TrialRecord | None:
    """The trial whose configuration is tested: the best one, if the search is over.

    While a search is extended it is the one that was tested before. Where the default
    configuration took the place of the best one, it is a trial of that.
    """
    number = study.chosen if study.tested is None else study.tested
    if number is None:
        return best_trial(trials, study.spec)
    every = whole_trials(trials, study.spec)
    return next((trial for trial in every if trial.number == number), None)


def best_configurations(
    trials: Iterable[TrialRecord], spec: StudySpec, count: int
) -> list[TrialRecord]:
    """The best trials of different configurations, by validation score, best first.

    A configuration that was promoted counts once, with its best trial.
    """
    best: dict[str, TrialRecord] = {}
    for trial in _ranked(whole_trials(trials, spec), spec):
        best.setdefault(str(sorted(trial.proposal.hyperparameters.items())), trial)
    return list(best.values())[:count]


class BestSoFar:
    """The best trial so far, updated as trials end one by one.

    Args:
        spec: Specification of the study.

    Attributes:
        trial: The best trial, with the folds of a candidate as one; None before
            any trial finished.
    """

    def __init__(self, spec: StudySpec) -> None:
        self._spec = spec
        self._incomplete: dict[str, list[TrialRecord]] = {}
        self.trial: TrialRecord | None = None

    def add(self, trial: TrialRecord) -> TrialRecord | None:
        """Add a trial that ended.

        Returns:
            The trial that is compared now: with folds the whole candidate, or None
            while folds are missing.
        """
        compared = self._completed(trial)
        if compared is not None:
            known = [] if self.trial is None else [self.trial]
            self.trial = _best_of([*known, compared], self._spec)
        return compared

    def _completed(self, trial: TrialRecord) -> TrialRecord | None:
        if self._spec.folds is None:
            return trial
        folds = self._incomplete.setdefault(_candidate(trial), [])
        folds.append(trial)
        return next(iter(whole_trials(folds, self._spec)), None)


def _best_of(trials: Iterable[TrialRecord], spec: StudySpec) -> TrialRecord | None:
    """The best of some whole trials."""
    return next(iter(_ranked(trials, spec)), None)


def _ranked(trials: Iterable[TrialRecord], spec: StudySpec) -> list[TrialRecord]:
    """Whole trials that may be the best one, the best first."""
    task_type = spec.task_type
    left = [trial for trial in trials if validation_score(trial, task_type) is not None]
    if spec.folds is not None:
        last = max((trial.proposal.rung for trial in left), default=0)
        left = [trial for trial in left if trial.proposal.rung == last]
    return sorted(left, key=lambda trial: _preference(trial, task_type))


def whole_trials(trials: Iterable[TrialRecord], spec: StudySpec) -> list[TrialRecord]:
    """All trials, the folds of a candidate as one.

    The metrics of a candidate are means over its folds, its seconds their sum, and
    ``DEVIATION`` is the standard deviation of the objective. A candidate is left out
    if one of its folds failed or still trains.
    """
    if spec.folds is None:
        return list(trials)
    groups: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        if validation_score(trial, spec.task_type) is not None:
            groups.setdefault(_candidate(trial), []).append(trial)
    complete = [group for group in groups.values() if len(group) == spec.folds]
    return [_merged(group, spec.task_type) for group in complete]


def _candidate(trial: TrialRecord) -> str:
    """Text that only the folds of one candidate share."""
    values = sorted(trial.proposal.hyperparameters.items())
    return f"{trial.proposal.epochs} {values}"


def _merged(trials: Sequence[TrialRecord], task_type: TaskType) -> TrialRecord:
    first = min(trials, key=lambda trial: trial.number)
    results = [trial.result for trial in trials if trial.result is not None]
    metrics = {
        name: fmean(result.metrics[name] for result in results)
        for name in results[0].metrics
    }
    metrics[DEVIATION] = pstdev(
        result.metrics[task_type.validated] for result in results
    )
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


def validation_score(trial: TrialRecord, task_type: TaskType) -> float | None:
    """The objective of a finished trial; None if it is missing or not finite."""
    if trial.state is not TrialState.FINISHED or trial.result is None:
        return None
    return finite(trial.result.metrics.get(task_type.validated))


def finite(value: float | None) -> float | None:
    """The value; None instead of NaN and infinities."""
    return value if value is not None and math.isfinite(value) else None


def _preference(
    trial: TrialRecord, task_type: TaskType
) -> tuple[float, float, float, int, int]:
    assert trial.result is not None
    metrics = trial.result.metrics
    second = finite(metrics.get(task_type.settled))
    return (
        -task_type.objective.better(metrics[task_type.validated]),
        math.inf if second is None else -task_type.tie_breaker.better(second),
        -trial.proposal.image_share,
        -trial.result.epochs,
        trial.number,
    )
