"""Attaches to rows what test images and seeds together can say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.records import TaskType
from bench.report.ranking import OPEN, TIED, WORSE, Row
from bench.report.statistics import EQUAL, LEVEL, CrossedScores, Difference
from bench.report.tested_images import TestedImages, row_key


def judged(rows: Sequence[Row], images: TestedImages) -> list[Row]:
    """Complete ranked rows by intervals over seeds and images, and by verdicts.

    Args:
        rows: Ranked rows of one board, the best one first.
        images: What each test image adds to the scores of the rows.

    Returns:
        The rows. Those whose images are unknown keep their intervals over seeds.
    """
    known = [n for n, row in enumerate(rows) if row_key(row) in images.scores]
    if not known:
        return list(rows)
    tested = CrossedScores(
        [images.scores[row_key(rows[n])] for n in known],
        without_chance=[p for p, n in enumerate(known) if rows[n].is_reference],
        rate_images=images.rate_images,
    )
    corrected = tested.corrected()
    judged_rows = [rows[n] for n in known]
    result = list(rows)
    for place, n in enumerate(known):
        row = result[n] = replace(
            _with_interval(rows[n], tested, place),
            better_than=_better_than(judged_rows, tested, corrected, place),
        )
        if known[0] == 0 and n > 0:
            difference = tested.difference(0, place)
            result[n] = replace(
                row,
                verdict=verdict(difference, corrected[0, place], row.task_type),
                p_value=float(corrected[0, place]),
                difference_error=difference.standard_error,
            )
    return result


def _better_than(
    rows: Sequence[Row], tested: CrossedScores, corrected: np.ndarray, place: int
) -> tuple[str, ...]:
    """Keys of the rows of which it is clear that one row is better.

    Args:
        rows: The rows that were tested, by rank.
        tested: Their scores.
        corrected: P values of all their differences.
        place: Index of the row.
    """
    return tuple(
        row_key(rows[other])
        for other in range(place + 1, len(rows))
        if corrected[place, other] < LEVEL
        and tested.difference(place, other).covers_seeds
    )


def _with_interval(row: Row, tested: CrossedScores, place: int) -> Row:
    estimate = tested.estimate(place)
    lowest, highest = row.task_type.ranked_by.bounds
    return replace(
        row,
        low=max(lowest, estimate.low),
        high=min(highest, estimate.high),
        of_seeds=estimate.of_seeds,
        of_images=estimate.of_images,
    )


def verdict(difference: Difference, p_value: float, task_type: TaskType) -> str:
    """What can be said of a row whose difference from the first row is known."""
    is_rate = task_type.ranked_by.bounds == (0.0, 1.0)
    if p_value < LEVEL and difference.covers_seeds:
        return WORSE
    is_small = difference.low > -EQUAL and difference.high < EQUAL
    if is_rate and is_small and difference.covers_seeds:
        return TIED
    return OPEN
