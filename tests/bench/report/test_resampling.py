"""Intervals over repeats, against closed formulas and simulated data sets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.report.resampling import DifferentTests, SameTest

SCORES = {
    "one": [0.91, 0.95, 0.93, 0.96, 0.90],
    "other": [0.90, 0.92, 0.93, 0.91, 0.89],
}


def test_without_a_ratio_it_is_the_usual_t_test() -> None:
    found = DifferentTests(SCORES, 0.0)
    own, paired = found.interval("one"), found.difference("one", "other")
    expected = stats.ttest_1samp(SCORES["one"], 0.0)
    assert (own.low, own.high) == pytest.approx(expected.confidence_interval(0.95))
    expected = stats.ttest_rel(SCORES["one"], SCORES["other"])
    assert paired.p_value == pytest.approx(expected.pvalue)
    assert (paired.low, paired.high) == pytest.approx(expected.confidence_interval())


def test_statistic_is_that_of_nadeau_and_bengio() -> None:
    count, train, test = 5, 1581, 216
    found = DifferentTests(SCORES, test / train).difference("one", "other")
    usual = stats.ttest_rel(SCORES["one"], SCORES["other"]).statistic
    t = usual * math.sqrt((1 / count) / (1 / count + test / train))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), count - 1))
    half = stats.t.ppf(0.975, count - 1) * found.mean / t
    assert found.high - found.mean == pytest.approx(half)


def test_repeats_that_agree_have_no_spread() -> None:
    found = DifferentTests({"one": [0.9] * 3, "other": [0.9] * 3}, 0.1)
    assert found.interval("one").high == pytest.approx(0.9)
    assert found.difference("one", "other").p_value == 1.0


def test_equal_differences_of_few_repeats_are_no_proof() -> None:
    scores = {"one": [0.88, 0.926], "other": [0.871, 0.917]}
    found = DifferentTests(scores, 0.1, rate_images=216).difference("one", "other")
    assert found.mean == pytest.approx(0.009)
    assert found.low < 0 < found.high
    assert found.p_value > 0.1


def accuracies(random: np.random.Generator, repeats: int, images: int) -> tuple:
    """Accuracies of a classifier by class means over random splits of one data set.

    Returns:
        Those on the test images of each split, and the mean of the true ones.
    """
    labels = np.arange(images) % 2
    signs = 2 * labels - 1
    points = random.normal(size=(images, 4)) + 0.45 * signs[:, None]
    tested, true = [], []
    for _ in range(repeats):
        order = random.permutation(images)
        test, train = np.split(order, [round(0.12 * images)])
        weights = signs[train] @ points[train]
        tested.append(np.mean((points[test] @ weights > 0) == labels[test]))
        mean = 0.45 * weights.sum() / np.linalg.norm(weights)
        true.append(stats.norm.cdf(mean))
    return tested, np.mean(true)


@pytest.mark.parametrize("repeats", [3, 10])
def test_interval_over_splits_covers_the_accuracy_of_the_population(
    repeats: int,
) -> None:
    random = np.random.default_rng(repeats)
    covered = {0.0: 0, 0.12 / 0.88: 0}
    for _ in range(500):
        tested, true = accuracies(random, repeats, 300)
        for ratio in covered:
            found = DifferentTests({"one": tested}, ratio).interval("one")
            covered[ratio] += found.low <= true <= found.high
    plain, corrected = (count / 500 for count in covered.values())
    assert 0.93 <= corrected <= 0.99
    if repeats == 10:
        assert plain < 0.88


def test_repeats_on_one_test_split_are_paired() -> None:
    """Without luck of images only the repeats vary, and the t-test is the usual one."""
    gaps = np.array([0.02, 0.05, 0.01, 0.04])
    other = np.random.default_rng(0).random((4, 1000))
    one = other + gaps[:, None]
    found = SameTest({"one": one, "other": other}).difference("one", "other")
    expected = stats.ttest_1samp(gaps, 0.0)
    assert found.mean == pytest.approx(0.03)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.02)
    found = SameTest({"one": one, "other": other[:1]}).difference("one", "other")
    assert found.p_value > expected.pvalue  # a reference has no repeats to pair


def test_equal_models_are_seldom_called_different_on_one_test_split() -> None:
    random, claimed, boards = np.random.default_rng(0), 0, 400
    for _ in range(boards):
        hard = random.normal(size=500)  # images that all find hard
        scores = {}
        for name in ("one", "other"):
            own = random.normal(size=500)
            skill = 0.1 * random.normal(size=(5, 1))
            chance = random.normal(size=(5, 500))
            scores[name] = (hard + own + chance + skill > -2).astype(float)
        claimed += SameTest(scores).difference("one", "other").p_value < 0.05
    assert claimed / boards <= 0.08
