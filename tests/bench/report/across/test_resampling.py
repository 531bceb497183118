"""Mean ranks and Elo ratings, compared with SciPy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from bench.report.across.resampling import bradley_terry, elo, mean_ranks
from bench.report.across.signed_ranks import ranks


@pytest.fixture
def ranked() -> np.ndarray:
    """Twelve data sets and four families, each better than the one before."""
    random = np.random.default_rng(0)
    return ranks(random.normal(size=(12, 4)) + 0.5 * np.arange(4))


def test_intervals_of_mean_ranks_are_those_of_scipys_bootstrap(ranked) -> None:
    found = mean_ranks(ranked)
    np.testing.assert_allclose(found.values, ranked.mean(axis=0))
    expected = stats.bootstrap(
        (ranked,), np.mean, axis=0, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    # Means over twelve data sets are multiples of half a twelfth.
    np.testing.assert_allclose(found.low, expected.low, atol=1 / 12 + 1e-9)
    np.testing.assert_allclose(found.high, expected.high, atol=1 / 12 + 1e-9)


def test_bradley_terry_is_a_logistic_regression_on_who_played_whom() -> None:
    random = np.random.default_rng(0)
    wins = random.integers(1, 9, (5, 5)).astype(float)
    np.fill_diagonal(wins, 0)
    games, won, weights = [], [], []
    for one in range(5):
        for other in range(5):
            games.append(np.eye(5)[one] - np.eye(5)[other])
            games.append(np.eye(5)[other] - np.eye(5)[one])
            won += [1, 0]
            weights += [wins[one, other]] * 2
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10)
    model.fit(np.array(games), won, sample_weight=weights)
    found = model.coef_[0] - model.coef_[0].mean()
    np.testing.assert_allclose(bradley_terry(wins), found, atol=1e-4)


def test_two_families_have_the_elo_of_their_odds() -> None:
    ranked = np.array([[1, 2]] * 9 + [[2, 1]])
    found = elo(ranked, anchor=1)
    # Nine wins, one loss and the draw that is added for each pair.
    assert found.values[0] == pytest.approx(1000 + 400 * np.log10(9.5 / 1.5))
    assert found.values[1] == found.low[1] == found.high[1] == 1000
    assert found.low[0] < found.values[0] < found.high[0]


def test_family_that_always_wins_keeps_a_finite_rating() -> None:
    found = elo(np.tile([1.0, 2.0, 3.0], (10, 1)), anchor=None)
    assert found.values.mean() == pytest.approx(1000)
    assert 200 < found.values[0] - found.values[1] < 1000
    np.testing.assert_allclose(found.low, found.high)


def test_ties_are_half_a_win() -> None:
    found = elo(np.full((10, 3), 2.0), anchor=0)
    np.testing.assert_allclose(found.values, 1000)
