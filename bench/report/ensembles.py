"""Rows of ensembles, computed from the predictions that a store holds.

A study has two: its final trainings, which differ in their seeds, and its best
configurations, weighed on the validation images (``--ensemble``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench.metrics import all_metrics, image_scores, score
from bench.records import StudyRecord, TaskType, TrialRecord
from bench.records.selection import best_configurations, validation_score
from bench.records.wording import counted
from bench.report.averaged import Averaged, trained
from bench.report.ranking import OPEN, Member, Row
from bench.report.results import StudyResults, results_of
from bench.report.rows import of_test
from bench.report.statistics import CrossedScores, Difference
from bench.report.tested_images import TestedImages, row_key
from bench.store import Store


def ensemble_rows(
    store: Store, results: StudyResults, row: Row, images: TestedImages
) -> Iterator[Row]:
    """The rows of a study's ensembles, without ranks.

    Args:
        store: Holds the study.
        results: The study.
        row: Its own row.
        images: What each test image adds to the scores of the board's rows.
    """
    if row_key(row) not in images.scores:
        return
    seeds = trained(store, results.study.id, results.finals)
    if len(seeds) > 1:
        name = f"{len(seeds)} seeds averaged"
        left_out = len(results.finals) - len(seeds)
        yield _row(row, name, Averaged.equally(seeds), images, left_out)
    selected, found = _selected(store, results)
    if selected is not None:
        left_out = len(_wanted(results)) - len(found)
        averaged = _row(row, f"ensemble of {len(found)}", selected, images, left_out)
        yield replace(averaged, members=found)


def ensemble_members(store: Store, study: StudyRecord) -> tuple[Member, ...]:
    """The members of the ensemble of a study's best configurations, best first.

    Empty if fewer than two of them were trained.
    """
    return _selected(store, results_of(store, study))[1]


def _wanted(results: StudyResults) -> list[TrialRecord]:
    spec = results.study.spec
    if results.study.tested is not None:  # another may be best when the search ends
        return []
    return best_configurations(results.trials, spec, spec.ensemble)


def _selected(
    store: Store, results: StudyResults
) -> tuple[Averaged | None, tuple[Member, ...]]:
    spec, wanted = results.study.spec, _wanted(results)
    finals = {final.number: final for final in results.members}
    for final in results.passed_over or results.finals:
        if wanted and final.seed == spec.final_seeds[0]:
            finals[wanted[0].number] = final
    known = [
        (trial, model)
        for trial in wanted
        if trial.number in finals
        for model in trained(store, results.study.id, [finals[trial.number]])
        if model.is_validated
    ]
    if len(known) < 2:
        return None, ()
    averaged = Averaged.greedily([model for _, model in known], spec.task_type)
    return averaged, tuple(
        Member(
            trial=trial.number,
            role=model.final.role,
            weight=weight,
            validation=validation_score(trial, spec.task_type),
            hyperparameters=trial.proposal.hyperparameters,
        )
        for (trial, model), weight in zip(known, averaged.weights, strict=True)
    )


def _row(
    row: Row, name: str, averaged: Averaged, images: TestedImages, left_out: int
) -> Row:
    """A study's row with the scores and costs of an ensemble in place of its own."""
    together, alone = _image_scores(row, averaged, images)
    estimate = CrossedScores([together], rate_images=images.rate_images).estimate(0)
    lowest, highest = row.task_type.ranked_by.bounds
    return replace(
        row,
        ensemble=name,
        metrics=of_test(all_metrics(averaged.test, averaged.validation)),
        low=max(lowest, estimate.low),
        high=min(highest, estimate.high),
        of_seeds=None,
        of_images=estimate.of_images,
        gain=_gain(row.task_type, together, alone, images.rate_images),
        verdict=OPEN,
        p_value=None,
        optimism=None,
        optimism_low=None,
        optimism_high=None,
        validation=_validation(row.task_type, averaged),
        hyperparameters={},
        note=_left_out(left_out),
        rank=None,
        **_costs(averaged),
    )


def _image_scores(
    row: Row, averaged: Averaged, images: TestedImages
) -> tuple[np.ndarray, np.ndarray]:
    """What each test image adds: to the ensemble's score, and to the study's own."""
    together = image_scores(row.task_type.ranked_by, *averaged.test)
    alone = images.scores[row_key(row)].mean(axis=0)
    return together[np.newaxis], alone[np.newaxis]


def _gain(
    task_type: TaskType,
    together: np.ndarray,
    alone: np.ndarray,
    rate_images: float | None,
) -> Difference:
    """What an ensemble is better by, paired by test image."""
    compared = CrossedScores([together, alone], rate_images=rate_images)
    if task_type.ranked_by.higher_is_better:
        return compared.difference(0, 1)
    return compared.difference(1, 0)


def _validation(task_type: TaskType, averaged: Averaged) -> float | None:
    if averaged.validation is None:
        return None
    return score(task_type.objective, *averaged.validation)


def _costs(averaged: Averaged) -> dict[str, Any]:
    """Costs of all models: of those that predict, and seconds of all trainings."""
    used = averaged.used
    return {
        "parameters": sum(final.parameters for final in used),
        "train_seconds": sum(model.final.seconds for model in averaged.models),
        "latency_ms_1": sum(final.latency_ms_1 for final in used),
        "latency_ms_64": sum(final.latency_ms_64 for final in used),
        "seeds": 1,
    }


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f"{counted(count, 'model')} left out that failed, diverged or had no time"
