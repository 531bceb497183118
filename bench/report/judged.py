"""Attaches to rows what test images and seeds together can say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench.records import CLASSIFICATION, ReferenceRecord, Role
from bench.report.ranking import OPEN, TIED, WORSE, Row
from bench.report.results import StudyResults
from bench.report.statistics import EQUAL, LEVEL, CrossedScores, Difference
from bench.store import Store


def judged(rows: Sequence[Row], right: Mapping[str, np.ndarray]) -> list[Row]:
    """Complete ranked rows by intervals over seeds and images, and by verdicts.

    Args:
        rows: Ranked rows of one board, the best one first.
        right: For the rows of which it is known, by ``row_key``: whether each seed's
            training predicts each test image right, ``(seeds, images)``.

    Returns:
        The rows. Those that ``right`` lacks keep their intervals over seeds.
    """
    known = [n for n, row in enumerate(rows) if row_key(row) in right]
    if not known:
        return list(rows)
    tested = CrossedScores(
        [right[row_key(rows[n])] for n in known],
        without_chance=[p for p, n in enumerate(known) if rows[n].is_reference],
    )
    corrected = tested.corrected()
    result = list(rows)
    for place, n in enumerate(known):
        row = result[n] = _with_interval(rows[n], tested, place)
        if known[0] == 0 and n > 0:
            result[n] = replace(
                row,
                verdict=_verdict(tested.difference(0, place), corrected[0, place]),
                p_value=float(corrected[0, place]),
            )
    return result


def row_key(row: Row) -> str:
    """Identifies a row on its board."""
    if row.is_reference:
        return f"reference {row.family}"
    return f"{row.study} {Role.DEFAULT if row.is_default else Role.FINAL}"


def tested_images(
    store: Store, studies: Iterable[StudyResults], references: Iterable[ReferenceRecord]
) -> dict[str, np.ndarray]:
    """Which test images each row of a board predicts right, by ``row_key``.

    Args:
        store: Holds the studies.
        studies: Studies of the board that were tested.
        references: References of the board.
    """
    found: dict[str, np.ndarray] = {}
    for results in studies:
        study = results.study
        if study.spec.task_type.kind != CLASSIFICATION:
            continue
        of_roles = {Role.FINAL: results.finals, Role.DEFAULT: results.default_finals}
        for role, finals in of_roles.items():
            of_seeds = [store.output(study.id, f.seed, role, "right") for f in finals]
            known = [each for each in of_seeds if each is not None]
            if known and len(known) == len(finals):
                found[f"{study.id} {role}"] = np.stack(known)
    for reference in references:
        if reference.right:
            found[f"reference {reference.name}"] = reference.right_images[np.newaxis]
    return found


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


def _verdict(difference: Difference, p_value: float) -> str:
    if p_value < LEVEL and difference.covers_seeds:
        return WORSE
    if difference.low > -EQUAL and difference.high < EQUAL and difference.covers_seeds:
        return TIED
    return OPEN
