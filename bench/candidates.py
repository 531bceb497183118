"""Which trial is the best, and what is compared where each is one fold of several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from bench.records import TrialRecord, TrialState

DEVIATION = "validation_accuracy_deviation"
"""Metric of a candidate: standard deviation of its accuracy over the folds."""


def best_trial(
    trials: Iterable[TrialRecord], folds: int | None = None
) -> TrialRecord | None:
    """The finished trial with the highest validation accuracy, None without one.

    Ties go to the lower validation log loss, then to more epochs, then to the
    lower number. With folds it is the mean over them that counts; where candidates
    were halved, those of the last iteration are compared, as in scikit-learn.
    """
    return _best_of(candidates(trials, folds), are_candidates=folds is not None)


class BestSoFar:
    """The best of trials that end one by one, as ``best_trial`` would find it.

    Args:
        folds: Of the study; None where each trial is compared by itself.

    Attributes:
        trial: The best, the folds of a candidate as one trial; None before there is
            any.
    """

    def __init__(self, folds: int | None) -> None:
        self._folds = folds
        self._incomplete: dict[str, list[TrialRecord]] = {}
        self.trial: TrialRecord | None = None

    def add(self, trial: TrialRecord) -> TrialRecord | None:
        """Compare what a trial completes, and give it; None where folds are missing."""
        compared = self._completed(trial)
        if compared is not None:
            known = [] if self.trial is None else [self.trial]
            self.trial = _best_of(
                [*known, compared], are_candidates=self._folds is not None
            )
        return compared

    def _completed(self, trial: TrialRecord) -> TrialRecord | None:
        if self._folds is None:
            return trial
        own = self._incomplete.setdefault(_candidate(trial), [])
        own.append(trial)
        return next(iter(candidates(own, self._folds)), None)


def _best_of(
    compared: Iterable[TrialRecord], *, are_candidates: bool
) -> TrialRecord | None:
    """The best of what ``candidates`` gave."""
    left = [trial for trial in compared if validation_accuracy(trial) is not None]
    if are_candidates:
        last = max((trial.proposal.rung for trial in left), default=0)
        left = [trial for trial in left if trial.proposal.rung == last]
    return min(left, key=_preference, default=None)


def candidates(trials: Iterable[TrialRecord], folds: int | None) -> list[TrialRecord]:
    """The trials as they are compared: the folds of a candidate as one trial.

    Its metrics are their means, with the standard deviation of the accuracy as
    ``DEVIATION``, its seconds their sum. A candidate of which a fold failed or isn't
    over is left out.
    """
    if folds is None:
        return list(trials)
    groups: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        if validation_accuracy(trial) is not None:
            groups.setdefault(_candidate(trial), []).append(trial)
    return [_together(group) for group in groups.values() if len(group) == folds]


def _candidate(trial: TrialRecord) -> str:
    """What the folds of a candidate share."""
    values = sorted(trial.proposal.hyperparameters.items())
    return f"{trial.proposal.epochs} {values}"


def _together(trials: Sequence[TrialRecord]) -> TrialRecord:
    first = min(trials, key=lambda trial: trial.number)
    results = [trial.result for trial in trials if trial.result is not None]
    metrics = {
        name: fmean(result.metrics[name] for result in results)
        for name in results[0].metrics
    }
    accuracies = [result.metrics["validation_accuracy"] for result in results]
    metrics[DEVIATION] = pstdev(accuracies)
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


def validation_accuracy(trial: TrialRecord) -> float | None:
    """Of a finished trial; None where there is none or it isn't a number."""
    if trial.state is not TrialState.FINISHED or trial.result is None:
        return None
    return finite(trial.result.metrics.get("validation_accuracy"))


def finite(value: float | None) -> float | None:
    """The value, or None in place of NaN and infinities."""
    return value if value is not None and math.isfinite(value) else None


def _preference(trial: TrialRecord) -> tuple[float, float, int, int]:
    assert trial.result is not None
    accuracy = trial.result.metrics["validation_accuracy"]
    log_loss = finite(trial.result.metrics.get("validation_log_loss"))
    return (
        -accuracy,
        math.inf if log_loss is None else log_loss,
        -trial.result.epochs,
        trial.number,
    )
