"""Rows of a leaderboard, made from studies and from references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from bench.records import (
    FinalRecord,
    Origin,
    ReferenceRecord,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskType,
    TrialRecord,
)
from bench.records.selection import DEVIATION, finite
from bench.records.wording import budget_text, counted
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
    spec, best = results.study.spec, results.best
    done = [trial.result for trial in results.trials if trial.result is not None]
    return replace(
        _tested_row(results.study, results.finals),
        tuner=spec.searcher,
        validation=_metric(best, spec.task_type.validated),
        validation_deviation=_metric(best, DEVIATION),
        folds=spec.folds,
        trials_finished=results.finished,
        trials_failed=results.failed,
        search_core_seconds=sum(result.core_seconds for result in done),
        search_training_seconds=training_seconds(done),
        model_proposals=_model_proposals(results),
        budget=budget_text(spec),
        hyperparameters={} if best is None else best.proposal.hyperparameters,
        note="; ".join(_notes(results)),
    )


def default_row(results: StudyResults) -> Row:
    """The row of a family's default configuration, for a study that tested it."""
    finals = results.default_finals
    notes = ["not searched", *_seed_notes(results.study, finals)]
    return replace(
        _tested_row(results.study, finals), is_default=True, note="; ".join(notes)
    )


def _tested_row(study: StudyRecord, finals: Sequence[FinalRecord]) -> Row:
    """The part of a row that final trainings of one configuration give."""
    task_type = ranked_type(study)
    scores = interval(
        [final.metrics[task_type.tested] for final in finals], task_type.ranked_by
    )
    trained = [final for final in finals if final.error is None]
    return Row(
        dataset=study.task.title,
        family=study.spec.family,
        task_type=task_type,
        metrics=_mean_metrics(finals) | {task_type.ranked_by.name: scores.mean},
        low=scores.low,
        high=scores.high,
        parameters=trained[0].parameters if trained else None,
        train_seconds=_mean(final.seconds for final in trained),
        latency_ms_1=_mean(final.latency_ms_1 for final in trained),
        latency_ms_64=_mean(final.latency_ms_64 for final in trained),
        seeds=len(finals),
        seed=study.spec.seed,
        fid_features=study.versions.get("fid_features", ""),
        size=study.spec.size,
        precision=study.spec.precision,
        held=study.spec.changes,
        study=study.id,
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
        dataset=study.task.title,
        family=reference.name,
        task_type=task_type,
        metrics={
            name: value if name == task_type.ranked_by.name else finite(value)
            for name, value in of_test(reference.metrics).items()
        },
        validation=finite(reference.metrics.get(task_type.validated)),
        parameters=reference.parameters,
        train_seconds=reference.seconds,
        note=reference.note,
        is_reference=True,
    )


def _mean_metrics(finals: Sequence[FinalRecord]) -> dict[str, float | None]:
    """Test metrics as means over seeds; None if a seed lacks a finite value."""
    of_seeds = [of_test(final.metrics) for final in finals]
    names = dict.fromkeys(name for metrics in of_seeds for name in metrics)
    return {name: _mean(metrics.get(name) for metrics in of_seeds) for name in names}


def of_test(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics of the test split, without ``test_`` in their names."""
    prefix = "test_"
    return {
        name.removeprefix(prefix): value
        for name, value in metrics.items()
        if name.startswith(prefix)
    }


def _notes(results: StudyResults) -> Iterator[str]:
    spec, best = results.study.spec, results.best
    yield from _seed_notes(results.study, results.finals)
    if results.study.is_ended_early:
        tried = counted(len(results.configurations), "configuration")
        yield f"the search was ended early by watch, after {tried}"
    if (images := spec.images) is not None:
        yield f"searched and trained on {images:,} images"
    if results.decision:
        yield results.decision
    elif best is not None and best.proposal.origin is Origin.DEFAULT:
        yield "the search found nothing better than the default configuration"
    if (count := _model_proposals(results)) is not None:
        total = counted(len(results.configurations), "configuration")
        yield f"the Gaussian process proposed {count} of {total}, others were random"
    if spec.folds is not None and _is_refitted(spec, results.finals):
        epochs = counted(max(final.epochs for final in results.finals), "epoch")
        yield f"final trainings on all training and validation images for {epochs}"


def _seed_notes(study: StudyRecord, finals: Sequence[FinalRecord]) -> Iterator[str]:
    if len(finals) < study.spec.seeds:
        is_over = study.state is StudyState.FINISHED
        why = ", time was up before the others" if is_over else " so far"
        yield f"{len(finals)} of {study.spec.seeds} seeds{why}"
    if diverged := sum(final.error is not None for final in finals):
        yield (
            f"{len(finals) - diverged} of {len(finals)} seeds, {diverged} diverged: "
            "each of these counts with the score of the reference that learned nothing"
        )
    yield from dict.fromkeys(final.note for final in finals if final.note)


def _is_refitted(spec: StudySpec, finals: Sequence[FinalRecord]) -> bool:
    """Whether final trainings had no validation images."""
    return all(spec.task_type.validated not in final.metrics for final in finals)


def _model_proposals(results: StudyResults) -> int | None:
    """Number of configurations that a model proposed; None if none may do so."""
    if results.study.spec.tuner != "bayesian":
        return None
    origins = [trial.proposal.origin for trial in results.configurations]
    return None if None in origins else origins.count(Origin.MODEL)


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
