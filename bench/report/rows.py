"""Rows of a leaderboard, made from studies and from references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from bench.records import (
    FinalRecord,
    ReferenceRecord,
    StudyRecord,
    TaskType,
    TrialRecord,
    TrialState,
)
from bench.records.selection import DEVIATION, finite
from bench.records.wording import budget_text
from bench.report.ranking import Row, interval
from bench.report.results import StudyResults, training_seconds


def ranked_type(study: StudyRecord) -> TaskType:
    """The task type; the label of its ranking metric names the FID network, if any."""
    task_type, network = study.spec.task_type, study.versions.get("fid_network")
    if network is None:
        return task_type
    label = f"{task_type.ranked_by.label} by {network}"
    return replace(task_type, ranked_by=replace(task_type.ranked_by, label=label))


def study_row(results: StudyResults) -> Row:
    """The row of a study that has final trainings."""
    spec, finals = results.study.spec, results.finals
    task_type, best = ranked_type(results.study), results.best
    scores = interval(
        [final.metrics[task_type.tested] for final in finals], task_type.ranked_by
    )
    done = [trial.result for trial in results.trials if trial.result is not None]
    return Row(
        dataset=results.study.task.dataset,
        family=spec.family,
        tuner=spec.searcher,
        task_type=task_type,
        metrics=_mean_metrics(finals) | {task_type.ranked_by.name: scores.mean},
        low=scores.low,
        high=scores.high,
        validation=_metric(best, task_type.validated),
        validation_deviation=_metric(best, DEVIATION),
        folds=spec.folds,
        parameters=finals[0].parameters,
        train_seconds=_mean(final.seconds for final in finals),
        latency_ms_1=_mean(final.latency_ms_1 for final in finals),
        latency_ms_64=_mean(final.latency_ms_64 for final in finals),
        trials_finished=results.count(TrialState.FINISHED),
        trials_failed=results.count(TrialState.FAILED),
        search_core_seconds=sum(result.core_seconds for result in done),
        search_training_seconds=training_seconds(done),
        seeds=len(finals),
        budget=budget_text(spec),
        seed=spec.seed,
        fid_features=results.study.versions.get("fid_features", ""),
        hyperparameters={} if best is None else best.proposal.hyperparameters,
        held=dict(spec.fixed),
        study=results.study.id,
        note=_note(results),
    )


def reference_row(study: StudyRecord, reference: ReferenceRecord) -> Row:
    """The row of a reference.

    Args:
        study: Any study of the board.
        reference: The reference.
    """
    task_type = ranked_type(study)
    return Row(
        fid_features=study.versions.get("fid_features", ""),
        dataset=study.task.dataset,
        family=reference.name,
        task_type=task_type,
        metrics={
            name: value if name == task_type.ranked_by.name else finite(value)
            for name, value in _test_metrics(reference.metrics).items()
        },
        validation=finite(reference.metrics.get(task_type.validated)),
        parameters=reference.parameters,
        train_seconds=reference.seconds,
        note=reference.note,
        is_reference=True,
    )


def _mean_metrics(finals: Sequence[FinalRecord]) -> dict[str, float | None]:
    """Test metrics as means over seeds; None if a seed lacks a finite value."""
    of_seeds = [_test_metrics(final.metrics) for final in finals]
    names = dict.fromkeys(name for metrics in of_seeds for name in metrics)
    return {name: _mean(metrics.get(name) for metrics in of_seeds) for name in names}


def _test_metrics(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics of the test split, without ``test_`` in their names."""
    prefix = "test_"
    return {
        name.removeprefix(prefix): value
        for name, value in metrics.items()
        if name.startswith(prefix)
    }


def _note(results: StudyResults) -> str:
    done, wanted = len(results.finals), results.study.spec.seeds
    notes = []
    if done < wanted:
        notes.append(f"{done} of {wanted} seeds so far")
    if (images := results.study.spec.images) is not None:
        notes.append(f"searched and trained on {images:,} images")
    return "; ".join(notes)


def _metric(trial: TrialRecord | None, name: str) -> float | None:
    if trial is None or trial.result is None:
        return None
    return finite(trial.result.metrics.get(name))


def _mean(values: Iterable[float | None]) -> float | None:
    """Mean of all values; None if one is missing or the mean is not finite."""
    of_seeds = list(values)
    known = [value for value in of_seeds if value is not None]
    # The mean of the remaining seeds would look better than it is.
    return finite(fmean(known)) if known and len(known) == len(of_seeds) else None
