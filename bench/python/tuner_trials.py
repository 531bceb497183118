"""Trials as Keras Tuner's own objects."""

from __future__ import annotations

from typing import Any

from bench.records import TASK_TYPES, Role, StudyRecord, TrialRecord, TrialState
from bench.store import Store

_HIGHER_IS_BETTER = {
    metric.name
    for kind in TASK_TYPES.values()
    for metric in (kind.objective, kind.tie_breaker, *kind.shown)
    if metric.higher_is_better
}
"""Metrics of an epoch, without what they are of."""


def tuner_trials(store: Store, study: StudyRecord) -> list[Any]:
    """The trials of a study as ``keras_tuner.engine.trial.Trial``.

    Their score is the study's objective; their metrics hold every epoch.
    """
    from bench.training import backend

    backend.start(study.spec.backend)
    return [_trial(store, study, trial) for trial in store.trials(study.id)]


def _trial(store: Store, study: StudyRecord, trial: TrialRecord) -> Any:
    from keras_tuner import HyperParameters
    from keras_tuner.engine.trial import Trial, TrialStatus

    values = HyperParameters()
    for name, value in trial.proposal.hyperparameters.items():
        values.Fixed(name, value)
    made = Trial(values, trial_id=f"{trial.number:04d}")
    made.status = {
        TrialState.FINISHED: TrialStatus.COMPLETED,
        TrialState.FAILED: TrialStatus.FAILED,
    }.get(trial.state, TrialStatus.RUNNING)
    for epoch in store.epochs(study.id, Role.TRIAL, trial.number):
        for name, metric in epoch.metrics.items():
            _register(made, name)
            made.metrics.update(name, metric, step=epoch.epoch)
    if trial.result is not None and trial.result.error is None:
        made.score = trial.result.metrics[study.spec.task_type.validated]
        made.best_step = trial.result.best_epoch
    elif trial.result is not None:
        made.message = trial.result.traceback or trial.result.error
    return made


def _register(made: Any, name: str) -> None:
    if not made.metrics.exists(name):
        goes_up = name.removeprefix("validation_") in _HIGHER_IS_BETTER
        made.metrics.register(name, direction="max" if goes_up else "min")
