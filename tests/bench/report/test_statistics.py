"""Intervals and differences over seeds and test images, on cases that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.report.statistics import CrossedScores, holm


def right(*, seeds: int, images: int, share: float, seed: int = 0) -> np.ndarray:
    """Which images are predicted right, independently for each seed and image."""
    return np.random.default_rng(seed).random((seeds, images)) < share


def test_interval_of_one_seed_is_that_of_the_mean_over_images() -> None:
    scores = right(seeds=1, images=500, share=0.9)
    found = CrossedScores([scores]).estimate(0)
    expected = stats.binomtest(int(scores.sum()), 500).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.001)
    assert found.of_seeds is None


def test_no_error_on_few_images_is_no_proof_of_none() -> None:
    found = CrossedScores([np.ones((3, 100))]).estimate(0)
    wilson = stats.binomtest(100, 100).proportion_ci(method="wilson")
    assert found.mean == 1
    assert found.low == pytest.approx(wilson.low, abs=0.01)
    assert found.high >= 1


def test_interval_of_one_seed_agrees_with_the_bootstrap_over_images() -> None:
    scores = right(seeds=1, images=2000, share=0.8)
    found = CrossedScores([scores]).estimate(0)
    bootstrap = stats.bootstrap(
        (scores[0].astype(float),), np.mean, rng=0, method="basic"
    ).confidence_interval
    assert found.low == pytest.approx(bootstrap.low, abs=0.002)
    assert found.high == pytest.approx(bootstrap.high, abs=0.002)


def test_seeds_that_fail_on_the_same_images_give_the_interval_over_images() -> None:
    scores = np.repeat(right(seeds=1, images=500, share=0.9), 3, axis=0)
    found = CrossedScores([scores]).estimate(0)
    mean, error = scores[0].mean(), stats.sem(scores[0].astype(float))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.02)
    assert found.low < mean < found.high
    assert found.of_seeds == pytest.approx(0, abs=1e-9)
    assert found.of_images == pytest.approx(error)


def test_seeds_that_differ_as_wholes_give_the_interval_over_seeds() -> None:
    accuracies = (0.6, 0.7, 0.95)
    scores = np.array([np.arange(10_000) < 10_000 * a for a in accuracies])
    # In another order for each seed, so that no image is hard for all.
    scores = np.random.default_rng(0).permuted(scores, axis=1)
    found = CrossedScores([scores]).estimate(0)
    student = stats.ttest_1samp(accuracies, 0.5).confidence_interval()
    assert found.low == pytest.approx(student.low, abs=0.005)
    assert found.high == pytest.approx(student.high, abs=0.005)


def test_standard_errors_of_seeds_and_images_add_up_to_that_of_the_mean() -> None:
    random = np.random.default_rng(1)
    hard = random.random(2000) < 0.1
    scores = np.array([(random.random(2000) < a) & ~hard for a in (0.9, 0.95, 0.99)])
    found = CrossedScores([scores]).estimate(0)
    assert found.of_seeds is not None
    variance = found.of_seeds**2 + found.of_images**2
    between = scores.mean(axis=1).var(ddof=1) / 3
    covariance = np.cov(scores.astype(float)) / 2000
    shared = (covariance.sum() - np.trace(covariance)) / 6
    assert variance == pytest.approx(between + shared)


def test_difference_of_single_seeds_is_the_paired_t_test_over_images() -> None:
    one, other = (right(seeds=1, images=400, share=0.8, seed=s) for s in (1, 2))
    found = CrossedScores([one, other]).difference(0, 1)
    expected = stats.ttest_rel(one[0].astype(float), other[0].astype(float))
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.01)
    assert found.mean == pytest.approx(one.mean() - other.mean())
    assert not found.covers_seeds


def test_difference_of_seeds_alone_is_welchs_t_test() -> None:
    random = np.random.default_rng(3)
    accuracies = (0.8, 0.82, 0.9), (0.7, 0.71, 0.74)
    scores = [
        random.permuted(
            np.array([np.arange(20_000) < 20_000 * a for a in each]), axis=1
        )
        for each in accuracies
    ]
    found = CrossedScores(scores).difference(0, 1)
    expected = stats.ttest_ind(*accuracies, equal_var=False)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.1)
    assert found.covers_seeds


def test_equal_models_do_not_differ() -> None:
    scores = right(seeds=3, images=100, share=1.0)
    found = CrossedScores([scores, scores]).difference(0, 1)
    assert (found.mean, found.p_value) == (0, 1)
    assert -0.025 < found.low < 0 < found.high < 0.025  # on 100 images


def test_models_that_always_differ_differ_for_certain() -> None:
    found = CrossedScores([np.ones((2, 50)), np.zeros((2, 50))]).difference(0, 1)
    assert found.mean == 1
    assert found.p_value < 1e-100


def test_holms_correction_is_that_of_the_paper() -> None:
    # Holm 1979: the smallest p value counts n times, the next n - 1 times, ...
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_all_pairs_count_in_the_correction() -> None:
    scores = [
        right(seeds=1, images=300, share=s, seed=i)
        for i, s in enumerate((0.9, 0.8, 0.5))
    ]
    tested = CrossedScores(scores)
    corrected = tested.corrected()
    p_values = [tested.difference(*pair).p_value for pair in ((0, 1), (0, 2), (1, 2))]
    expected = holm(p_values)
    assert corrected[0, 1] == corrected[1, 0] == expected[0]
    assert corrected[1, 2] == expected[2]
    assert (np.diag(corrected) == 1).all()


def test_boards_of_equal_models_rarely_claim_a_difference() -> None:
    """At most 5% of boards, within what 200 boards can show."""
    random, claims, boards, models = np.random.default_rng(0), 0, 200, 5
    for _ in range(boards):
        hard = random.random((models, 1, 300)) < 0.05
        luck = random.normal(0, 0.01, (models, 3, 1))
        scores = (random.random((models, 3, 300)) > 0.05 + luck) & ~hard
        claims += bool((CrossedScores(list(scores)).corrected() < 0.05).any())
    assert claims <= boards * 0.05 + 2 * math.sqrt(boards * 0.05 * 0.95)


@pytest.mark.parametrize("better", [0.02, 0.05])
def test_interval_holds_the_true_score_in_most_samples(better: float) -> None:
    random, held = np.random.default_rng(0), 0
    for _ in range(200):
        hard = random.random(400) < 0.1
        luck = random.normal(0, better / 4, (3, 1))
        scores = (random.random((3, 400)) > 0.05 + luck) & ~hard
        found = CrossedScores([scores]).estimate(0)
        held += found.low <= 0.95 * 0.9 <= found.high
    assert held >= 0.9 * 200
