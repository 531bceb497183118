"""Compares predicted with taken seconds of an epoch, in stored searches.

    python performance/cost_model.py RESULTS

Each search is gone through in the order of its trials: an epoch is predicted before it
is learned, as in a search under ``--time``. ``work`` is the cost model; ``median`` is
the median of the search's earlier epochs, or of those of the same structure if there
are any. An error is the ratio of predicted and taken seconds, above 1 either way.
Trials of one structure as an earlier one don't count. ``first`` is a search's first
trial, which is predicted from the trials of the folder's earlier searches on the same
machine, whatever their families and data sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from common import write

from bench.errors import FamilyError
from bench.records import CLASSIFICATION, StudyRecord, TrialRecord
from bench.store import Store
from bench.study.cost_model import CostModel
from bench.study.earlier import MAX_STUDIES, MAX_TRIALS, TimedTrial, are_same
from bench.training import hypermodel
from bench.training.work import Work, WorkCounter
from search_spaces import FAMILIES
from search_spaces.family import ImageTask

Errors = dict[str, list[float]]


def main(
    folders: Annotated[list[Path], typer.Argument(help="Results.")],
    at_most: Annotated[int, typer.Option(help="Trials of a search.")] = 50,
) -> None:
    """Print the errors by family, and of all searches."""
    from bench.training import backend

    backend.start("tensorflow", one_thread=True)
    found: dict[str, Errors] = {}
    for folder in folders:
        with Store(folder, read_only=True) as store:
            earlier: list[tuple[StudyRecord, list[TimedTrial]]] = []
            for study in store.studies():
                if study.spec.family in FAMILIES and _is_classified(study):
                    errors = found.setdefault(study.spec.family, _none())
                    known = _of_same(study, earlier)
                    trials = store.trials(study.id)[:at_most]
                    earlier.append((study, _add(errors, study, trials, known)))
    rows = [_row(family, errors) for family, errors in found.items()]
    together = _none()
    for errors in found.values():
        for name in together:
            together[name] += errors[name]
    write("cost-model", [*rows, _row("all", together)])


def _none() -> Errors:
    return {"first": [], "work": [], "median": []}


def _is_classified(study: StudyRecord) -> bool:
    return study.spec.task_type.kind == CLASSIFICATION


def _of_same(
    study: StudyRecord, earlier: list[tuple[StudyRecord, list[TimedTrial]]]
) -> list[TimedTrial]:
    """Trials of earlier studies that count, as ``timed_trials`` has them."""
    same = [
        trials[-MAX_TRIALS:]
        for other, trials in earlier
        if are_same(other.versions, study.versions)
        and other.spec.precision == study.spec.precision
    ]
    return [trial for trials in same[-MAX_STUDIES:] for trial in trials]


def _add(
    errors: Errors,
    study: StudyRecord,
    trials: list[TrialRecord],
    earlier: list[TimedTrial],
) -> list[TimedTrial]:
    """Add the errors of a study's predictions; returns what its trials took."""
    task = study.task
    classes = len(task.class_names)
    image_task = ImageTask(
        image_shape=task.image_shape,
        classes=classes,
        class_shares=tuple([1 / classes] * classes),
    )
    try:
        source = hypermodel.load(study.spec.family, image_task, study.spec.options)
    except FamilyError:  # such as weights that are no longer there
        return []
    counter = WorkCounter(source)
    model = CostModel(task.train, task.validation, earlier)
    known: dict[str, list[float]] = {}
    learned: list[TimedTrial] = []
    for trial, seconds in _timed(trials):
        values = trial.proposal.hyperparameters
        work, affinity = counter(values), source.affinity(values)
        if work is None:
            continue
        every = [each for times in known.values() for each in times]
        predicted = model.epoch(work)
        if predicted is not None and affinity not in known:
            errors["work" if known else "first"].append(_ratio(predicted, seconds))
            errors["median"] += [_ratio(median(every), seconds)] if every else []
        model.learn(work, seconds)
        known.setdefault(affinity, []).append(seconds)
        learned.append(_timed_trial(study, work, seconds))
    return learned


def _timed_trial(study: StudyRecord, work: Work, seconds: float) -> TimedTrial:
    return TimedTrial(
        study=study.id,
        family=study.spec.family,
        work=work,
        train=study.task.train,
        validation=study.task.validation,
        epoch=seconds,
        rest=0.0,
    )


def _timed(trials: list[TrialRecord]) -> Iterator[tuple[TrialRecord, float]]:
    """Trials on all images that are no promotions, and the seconds of an epoch."""
    for trial in trials:
        result = trial.result
        if result is None or result.error or trial.proposal.rung or not result.epochs:
            continue
        if trial.proposal.is_on_part:
            continue
        stages = result.stage_seconds
        seconds = stages.get("training", 0.0) + stages.get("validation", 0.0)
        if seconds:
            yield trial, seconds / result.epochs


def _ratio(predicted: float, taken: float) -> float:
    return max(predicted / taken, taken / predicted)


def _row(family: str, errors: Errors) -> dict[str, Any]:
    row: dict[str, Any] = {"family": family}
    for name, ratios in errors.items():
        row[name] = len(ratios)
        row[f"{name}, median"] = round(median(ratios), 2) if ratios else None
        row[f"{name}, worst"] = round(max(ratios), 2) if ratios else None
    return row


if __name__ == "__main__":
    typer.run(main)
