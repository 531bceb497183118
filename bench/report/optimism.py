"""How much better a selected model looked on the images that selected it.

The validation score of the best of many trials, at the best of many epochs, is too good
on average. What it lacks on the test images is the optimism of the selection. It is not
said where the selected trial had fewer epochs or images than the final trainings.

References: Cawley & Talbot 2010, "On over-fitting in model selection and subsequent
selection bias in performance evaluation" (JMLR 11); Agresti & Caffo 2000, "Simple and
effective confidence intervals for proportions and differences of proportions" (The
American Statistician 54).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.metrics import image_scores
from bench.records import ACCURACY, CLASSIFICATION
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.report.statistics import half_width
from bench.store import Store


def with_optimism(
    store: Store, rows: Sequence[Row], studies: Iterable[StudyResults]
) -> list[Row]:
    """Rows completed by what their validation scores promised too much.

    Args:
        store: Holds the validation predictions.
        rows: Rows of a board, with their standard errors.
        studies: Studies of the board.
    """
    by_id = {results.study.id: results for results in studies}
    return [
        row
        if row.validation is None or row.is_reference
        else _with_optimism(store, row, row.validation, by_id[row.study])
        for row in rows
    ]


def _with_optimism(
    store: Store, row: Row, validation: float, results: StudyResults
) -> Row:
    objective = row.task_type.objective
    was_selected = results.study.chosen is None  # by its validation score
    is_ranked_by_it = objective.name == row.task_type.ranked_by.name
    if not (was_selected and is_ranked_by_it) or _is_of_less(results):
        return row
    optimism = objective.better(validation) - objective.better(row.score)
    of_validation = _of_validation(store, results, validation)
    if row.of_images is None or of_validation is None:
        return replace(row, optimism=optimism)
    half = _half_width(row, of_validation + row.of_images**2)
    return replace(
        row,
        optimism=optimism,
        optimism_low=optimism - half,
        optimism_high=optimism + half,
    )


def _is_of_less(results: StudyResults) -> bool:
    """Whether the trial that was selected could train for less than what was tested.

    Its validation score is then worse for that reason, whatever the selection did.
    """
    best = results.best
    epochs = min((final.epochs for final in results.finals), default=0)
    return best is not None and (
        best.proposal.is_on_part or best.proposal.epochs < epochs
    )


def _of_validation(
    store: Store, results: StudyResults, validation: float
) -> float | None:
    """Variance of a validation score over samples of images; None if unknown.

    For metrics other than the accuracy it is that of the first final training.
    """
    spec, task = results.study.spec, results.study.task
    if spec.task_type.objective.name == ACCURACY.name:
        count = task.validation if spec.folds is None else task.train + task.validation
        rate = (validation * count + 1) / (count + 2)
        return rate * (1 - rate) / (count + 2)
    final = results.shown_final
    if final is None or spec.task_type.kind != CLASSIFICATION:
        return None
    probabilities, labels = (
        store.output(results.study.id, final.seed, final.role, f"validation_{name}")
        for name in ("probabilities", "labels")
    )
    if probabilities is None or labels is None:
        return None
    scores = image_scores(spec.task_type.objective, probabilities, labels)
    return float(scores.var(ddof=1)) / len(scores)


def _half_width(row: Row, of_images: float) -> float:
    """Of the 95% interval; validation and test images are independent samples.

    The validation score is that of a single training, the test score the mean over
    the seeds.
    """
    if row.of_seeds is None or not row.seeds:
        return half_width(of_images, [])
    of_seeds = row.of_seeds**2 * (row.seeds + 1)
    return half_width(of_images + of_seeds, [(of_seeds, row.seeds)])


def is_notable(row: Row) -> bool:
    """Whether the interval of the optimism excludes zero."""
    low, high = row.optimism_low, row.optimism_high
    return low is not None and high is not None and not low <= 0 <= high


def expected_maximum(count: int) -> float:
    """Expected maximum of so many independent standard normal variables.

    Reference: Harter 1961, "Expected values of normal order statistics" (Biometrika
    48).
    """
    import numpy as np
    from scipy.special import ndtr

    x = np.linspace(-10, 10, 4001)
    density = count * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return float(np.trapezoid(x * density * ndtr(x) ** (count - 1), x))
