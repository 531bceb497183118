"""Studies that differ in one held hyperparameter, and families across data sets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from bench.records import FinalRecord, StudySpec
from bench.report import cells
from bench.report.comparison import Comparison, Variant, comparisons

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
    one, other = [0.90, 0.95, 0.85], [0.89, 0.93, 0.84]
    [found] = comparisons([variant(other, loss="ce"), variant(one, loss="bce")])
    expected = stats.ttest_rel(one, other).confidence_interval(0.95)
    assert (found.value, found.other, found.seeds) == ("bce", "ce", 3)
    assert found.difference.low == pytest.approx(expected.low)
    assert found.difference.high == pytest.approx(expected.high)
    assert not found.is_clear
    assert cells.compared(found) == (
        "vgg: loss=bce is ahead of loss=ce by 0.0133 ± 0.0143 of test accuracy, "
        "paired over 3 seeds; that can't be told from nothing"
    )


def test_only_seeds_that_both_have_count() -> None:
    one = variant([0.9, 0.8], loss="ce")
    other = variant([0.5, 0.7, 0.6], first=1, loss="bce")
    [found] = comparisons([one, other])
    assert found.seeds == 1
    assert found.difference.mean == pytest.approx(0.8 - 0.5)
    assert found.difference.low is None
    assert "paired over one seed" in cells.compared(found)


def test_equal_scores_are_said_to_be_equal() -> None:
    scores = [0.9, 0.8]
    [found] = comparisons([variant(scores, loss="ce"), variant(scores, loss="bce")])
    assert not found.is_clear
    assert cells.compared(found) == (
        "vgg: loss=ce and loss=bce have the same test accuracy with each of 2 seeds"
    )


def test_studies_that_differ_in_anything_else_are_not_compared() -> None:
    one = variant([0.9], loss="ce")
    others = [
        variant([0.8], loss="bce", dropout=0.1),
        replace(variant([0.8], loss="bce"), spec=replace(SPEC, tuner="random")),
        variant([0.8]),
        variant([0.7], loss="ce"),
    ]
    for other in others:
        assert comparisons([one, other]) == []


def test_best_of_several_values_is_compared_with_each_other() -> None:
    found = comparisons(
        [variant([0.7 + n / 10, 0.71 + n / 10], width=n) for n in range(3)]
    )
    assert [(one.value, one.other) for one in found] == [(2, 1), (2, 0)]
    assert all(isinstance(one, Comparison) and one.is_clear for one in found)
