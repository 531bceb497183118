"""Fréchet and kernel distances equal those of other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel

from bench.training.evaluators.distances import Gaussian, frechet, kernel_distance


def gaussian(seed: int, size: int, rank: int | None = None) -> Gaussian:
    random = np.random.default_rng(seed)
    root = random.normal(size=(size, rank or size))
    return Gaussian(random.normal(size=size), root @ root.T)


def frechet_by_sqrtm(one: Gaussian, other: Gaussian) -> float:
    """Fréchet distance by the formula of Heusel et al. 2017."""
    root = np.real(sqrtm(one.covariance @ other.covariance))
    gap = one.mean - other.mean
    return float(gap @ gap + np.trace(one.covariance + other.covariance - 2 * root))


@given(st.integers(0, 999), st.integers(1, 12))
@settings(deadline=None)
def test_frechet_distance_equals_its_formula(seed: int, size: int) -> None:
    one, other = gaussian(seed, size), gaussian(seed + 1000, size)
    assert frechet(one, other) == pytest.approx(frechet_by_sqrtm(one, other), rel=1e-6)
    assert frechet(one, other) == pytest.approx(frechet(other, one), rel=1e-6)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("variance", [0.25, 1.0, 9.0])
def test_frechet_distance_of_round_gaussians_is_known(variance: float) -> None:
    one = Gaussian(np.zeros(5), np.eye(5))
    other = Gaussian(np.full(5, 2.0), variance * np.eye(5))
    expected = 5 * 4 + 5 * (np.sqrt(variance) - 1) ** 2
    assert frechet(one, other) == pytest.approx(expected)


def test_frechet_distance_of_singular_covariances_is_finite() -> None:
    """Features of fewer images than features have a singular covariance."""
    one, other = gaussian(0, 30, rank=4), gaussian(1, 30, rank=4)
    assert np.isfinite(frechet(one, other))
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_gaussian_has_the_moments_of_the_features() -> None:
    features = np.random.default_rng(0).normal(2, 3, (20_000, 4))
    fitted = Gaussian.of(features)
    np.testing.assert_allclose(fitted.mean, 2, atol=0.1)
    np.testing.assert_allclose(fitted.covariance, 9 * np.eye(4), atol=0.4)


def test_kernel_distance_is_the_unbiased_estimate() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(9, 6)), random.normal(1, 2, size=(9, 6))
    options = {"degree": 3, "gamma": 1 / 6, "coef0": 1}
    distance, _ = kernel_distance(one, other)
    within = [polynomial_kernel(x, x, **options) for x in (one, other)]
    sums = [(k.sum() - np.trace(k)) / (9 * 8) for k in within]
    of_all = sum(sums) - 2 * polynomial_kernel(one, other, **options).mean()
    # The mean over random subsets estimates the distance of the complete sets.
    assert distance == pytest.approx(of_all, rel=0.35)


@pytest.mark.slow
def test_kernel_distance_of_the_same_distribution_is_near_0() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 3000, 8))
    distance, deviation = kernel_distance(one, other)
    assert abs(distance) < 3 * deviation
    assert deviation > 0
    further, _ = kernel_distance(one, other + 0.5)
    assert further > distance + 10 * deviation


def test_kernel_distance_is_the_same_at_every_call() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 200, 5))
    assert kernel_distance(one, other) == kernel_distance(one, other)
