"""Tests over data sets, compared with SciPy and with published examples."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from bench.report.across.signed_ranks import (
    friedman,
    needed,
    pairwise,
    ranks,
    sign_test,
    signed_rank,
    smallest_p,
)

# Table 2 of Demsar 2006: areas under the curve of C4.5, without and with m tuned.
C45 = [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661]
C45 += [0.583, 0.775, 1.000, 0.940, 0.619, 0.972, 0.957]
C45_M = [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668]
C45_M += [0.583, 0.838, 1.000, 0.962, 0.666, 0.981, 0.978]


@pytest.mark.parametrize("digits", [8, 0])
def test_ranks_are_those_of_scipy(digits: int) -> None:
    scores = np.random.default_rng(0).normal(size=(9, 6)).round(digits)
    np.testing.assert_allclose(ranks(scores), stats.rankdata(-scores, axis=1))


@pytest.mark.parametrize("digits", [8, 0])
def test_friedman_statistic_is_that_of_scipy(digits: int) -> None:
    scores = np.random.default_rng(0).normal(size=(9, 6)).round(digits)
    found, _ = friedman(ranks(scores))
    assert found == pytest.approx(stats.friedmanchisquare(*scores.T).statistic)


def test_friedman_p_value_is_the_share_of_all_rankings_that_differ_as_much() -> None:
    rankings = [np.array(r) for r in ((1, 2, 3), (1, 3, 2), (2, 1, 3), (1, 2, 3))]
    ranked = np.array(rankings)
    orders = [np.array(o) for o in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0))]
    orders += [np.array([2, 0, 1]), np.array([2, 1, 0])]
    observed = (ranked.sum(axis=0) ** 2).sum()
    as_much = [
        (sum(order + 1 for order in each) ** 2).sum() >= observed
        for each in product(orders, repeat=4)
    ]
    assert friedman(ranked)[1] == pytest.approx(np.mean(as_much), abs=0.01)


def test_families_that_always_tie_do_not_differ() -> None:
    assert friedman(np.full((6, 3), 2.0)) == (0.0, 1.0)


def test_demsars_example_of_the_signed_rank_test() -> None:
    # Demsar rejects at 5%: the smaller sum of ranks is 12, 21 is critical.
    differences = np.round(np.array(C45_M) - np.array(C45), 3)
    ours = signed_rank(differences)
    scipys = stats.wilcoxon(differences, zero_method="zsplit")
    assert scipys.statistic == 12
    assert ours == pytest.approx(scipys.pvalue, abs=0.004)  # normal
    assert ours < 0.05


@pytest.mark.parametrize("digits", [8, 0])
def test_signed_rank_is_that_of_scipy_where_scipy_is_exact(digits: int) -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        differences = (2 * random.normal(0.5, size=9)).round(digits)
        expected = stats.wilcoxon(differences, zero_method="pratt").pvalue
        assert signed_rank(differences) == pytest.approx(expected)


def test_equal_families_have_a_p_value_of_one() -> None:
    assert signed_rank(np.zeros(6)) == sign_test(np.zeros(6)) == 1.0


def test_sign_test_is_the_binomial_test() -> None:
    differences = np.array([1.0, 100.0, -0.1, 3.0, 0.0, 2.0, 5.0, 1.0])
    expected = stats.binomtest(6, 7).pvalue
    assert sign_test(differences) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize(("are_commensurable", "test"), [(True, 0), (False, 1)])
def test_all_pairs_are_corrected_together(are_commensurable: bool, test: int) -> None:
    from statsmodels.stats import multitest

    scores = np.random.default_rng(0).normal(size=(12, 4)) + np.arange(4)
    found = pairwise(scores, are_commensurable=are_commensurable)
    upper = np.triu_indices(4, 1)
    one, other = (scores[:, each].T for each in upper)
    uncorrected = [
        (signed_rank, sign_test)[test](a - b) for a, b in zip(one, other, strict=True)
    ]
    expected = multitest.multipletests(uncorrected, method="holm")[1]
    np.testing.assert_allclose(found[upper], expected)
    np.testing.assert_array_equal(found, found.T)


def test_five_data_sets_can_tell_no_two_families_apart() -> None:
    assert smallest_p(5, 2) == 0.0625
    assert smallest_p(5, 5) == 0.625
    assert [needed(families) for families in (2, 3, 5, 10)] == [6, 7, 9, 11]


def test_smallest_p_value_is_reached_by_families_in_the_same_order_everywhere() -> None:
    scores = np.arange(3) * np.arange(1, 9)[:, np.newaxis]
    found = pairwise(scores, are_commensurable=True)
    assert found[0, 2] == pytest.approx(smallest_p(8, 3))
