"""Paired comparisons of studies that differ in one held hyperparameter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from bench.records import FinalRecord, StudySpec
from bench.report import cells
from bench.report.comparison import Variant, comparisons

SPEC = StudySpec(family="vgg", dataset="faces")


def final(seed: int, accuracy: float) -> FinalRecord:
    return FinalRecord(
        seed=seed,
        metrics={"test_accuracy": accuracy},
        best_epoch=1,
        epochs=1,
        parameters=1,
        seconds=1.0,
        core_seconds=1.0,
        latency_ms_1=1.0,
        latency_ms_64=1.0,
        ended=0.0,
    )


def variant(accuracies: list[float], first: int = 0, **held: object) -> Variant:
    return Variant(
        spec=replace(SPEC, fixed=tuple(sorted(held.items()))),
        finals=[final(first + n, accuracy) for n, accuracy in enumerate(accuracies)],
    )


def test_difference_is_paired_by_seed() -> None:
    bce, ce = [0.90, 0.95, 0.85], [0.89, 0.93, 0.84]
    [comparison] = comparisons([variant(ce, loss="ce"), variant(bce, loss="bce")])
    expected = stats.ttest_rel(bce, ce).confidence_interval(0.95)
    assert (comparison.value, comparison.other, comparison.seeds) == ("bce", "ce", 3)
    assert comparison.difference.low == pytest.approx(expected.low)
    assert comparison.difference.high == pytest.approx(expected.high)
    assert not comparison.is_clear
    assert cells.compared(comparison) == (
        "vgg: loss=bce is ahead of loss=ce by 0.0133 ± 0.0143 in test accuracy, "
        "paired over 3 seeds; the 95% interval includes zero"
    )


def test_clear_difference_is_given_without_a_remark() -> None:
    bce, ce = [0.90, 0.95, 0.86], [0.80, 0.85, 0.75]
    [comparison] = comparisons([variant(ce, loss="ce"), variant(bce, loss="bce")])
    assert comparison.is_clear
    assert cells.compared(comparison).endswith("in test accuracy, paired over 3 seeds")


def test_only_seeds_that_both_studies_have_count() -> None:
    ce = variant([0.9, 0.8], loss="ce")
    bce = variant([0.5, 0.7, 0.6], first=1, loss="bce")
    [comparison] = comparisons([ce, bce])
    assert comparison.seeds == 1
    assert comparison.difference.mean == pytest.approx(0.8 - 0.5)
    assert comparison.difference.low is None
    text = cells.compared(comparison)
    assert text.endswith("paired over one seed, which gives no interval")


def test_equal_scores_are_reported_as_equal() -> None:
    scores = [0.9, 0.8]
    [comparison] = comparisons(
        [variant(scores, loss="ce"), variant(scores, loss="bce")]
    )
    assert not comparison.is_clear
    assert cells.compared(comparison) == (
        "vgg: loss=ce and loss=bce have the same test accuracy with each of 2 seeds"
    )


def test_studies_that_differ_in_anything_else_are_not_compared() -> None:
    study = variant([0.9], loss="ce")
    others = [
        variant([0.8], loss="bce", dropout=0.1),
        replace(variant([0.8], loss="bce"), spec=replace(SPEC, tuner="random")),
        variant([0.8]),
        variant([0.7], loss="ce"),
    ]
    for other in others:
        assert comparisons([study, other]) == []


def test_best_of_several_values_is_compared_with_each_other_value() -> None:
    compared = comparisons(
        [variant([0.7 + n / 10, 0.71 + n / 10], width=n) for n in range(3)]
    )
    assert [(c.value, c.other) for c in compared] == [(2, 1), (2, 0)]
    assert all(comparison.is_clear for comparison in compared)
