"""Rows of a board get intervals and verdicts from the images of the test."""

from __future__ import annotations

import numpy as np
import pytest

from bench.report.judged import judged
from bench.report.ranking import OPEN, TIED, WORSE, Row, overlaps_first
from bench.report.tested_images import TestedImages, row_key

IMAGES = 2000


def row(name: str, score: float, *, is_reference: bool = False) -> Row:
    return Row(
        dataset="digits",
        family=name,
        study="" if is_reference else f"study of {name}",
        is_reference=is_reference,
        metrics={"accuracy": score},
    )


def right(share: float, seeds: int = 3) -> np.ndarray:
    """The first images are right, the same ones for all models."""
    return np.tile(np.arange(IMAGES) < share * IMAGES, (seeds, 1))


def verdicts(*cases: tuple[Row, np.ndarray]) -> list[str]:
    rows = [row for row, _ in cases]
    found = judged(
        rows, TestedImages(scores={row_key(row): images for row, images in cases})
    )
    return [row.verdict for row in found]


def test_row_is_worse_tied_or_open_against_the_first_row() -> None:
    random = np.random.default_rng(0)
    noisy = random.random((3, IMAGES)) < np.array([[0.95], [0.85], [0.90]])
    assert verdicts(
        (row("first", 0.95), right(0.95)),
        (row("near", 0.9499), right(0.9499)),
        (row("noisy", 0.9), noisy),
        (row("far", 0.6), right(0.6)),
    ) == ["", TIED, OPEN, WORSE]


def test_row_names_the_rows_that_it_is_clearly_better_than() -> None:
    rows = [row("first", 0.95), row("second", 0.9), row("third", 0.6), row("new", 0.5)]
    scores = {
        row_key(each): right(share)
        for each, share in zip(rows[:3], (0.95, 0.9499, 0.6), strict=True)
    }
    first, second, third, new = judged(rows, TestedImages(scores=scores))
    assert first.better_than == second.better_than == (row_key(third),)
    assert third.better_than == ()
    assert new.better_than is None


def test_single_seed_says_nothing_of_a_family() -> None:
    assert verdicts(
        (row("first", 0.95), right(0.95)), (row("far", 0.2), right(0.2, seeds=1))
    ) == ["", OPEN]


def test_reference_depends_on_no_seed() -> None:
    prior = row("prior", 0.1, is_reference=True)
    assert verdicts((row("first", 0.95), right(0.95)), (prior, right(0.1, 1))) == [
        "",
        WORSE,
    ]


def test_rows_whose_images_are_unknown_keep_what_they_have() -> None:
    known, unknown = row("known", 0.9), row("unknown", 0.8)
    found = judged([known, unknown], TestedImages(scores={row_key(known): right(0.9)}))
    assert found[1] == unknown
    assert found[0].of_images == pytest.approx((0.9 * 0.1 / IMAGES) ** 0.5, rel=1e-3)
    assert judged([known, unknown], TestedImages()) == [known, unknown]


def test_marks_follow_the_verdicts() -> None:
    cases = (row("first", 0.95), right(0.95)), (row("far", 0.6), right(0.6))
    images = TestedImages(scores={row_key(row): right for row, right in cases})
    found = judged([row for row, _ in cases], images)
    assert overlaps_first(found) == [False, False]
