"""Distances between two sets of images, by the features that a network sees in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SUBSETS = 100
"""Over which the kernel distance is averaged."""

SUBSET = 1000
"""Images of each set in a subset; half of them where there are fewer."""


@dataclass(frozen=True)
class Gaussian:
    """Mean ``(d,)`` and covariance ``(d, d)`` of some features."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Gaussian:
        """Fit to ``(n, d)``, at least two rows, in double precision."""
        features = features.astype(np.float64)
        covariance = np.atleast_2d(np.cov(features, rowvar=False))
        return cls(features.mean(axis=0), covariance)


def frechet(one: Gaussian, other: Gaussian) -> float:
    """Frechet distance between two Gaussians, squared: FID where they are of features.

    Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a
    local Nash equilibrium". Covariances of fewer images than features are singular,
    which the symmetric root taken here doesn't mind.
    """
    root = _root(one.covariance)
    values = np.linalg.eigvalsh(root @ other.covariance @ root)
    crossed = np.sqrt(np.maximum(values, 0)).sum()
    gap = one.mean - other.mean
    traces = np.trace(one.covariance) + np.trace(other.covariance)
    return float(max(0.0, gap @ gap + traces - 2 * crossed))


def kernel_distance(
    one: np.ndarray, other: np.ndarray, *, seed: int = 0
) -> tuple[float, float]:
    """Kernel distance (KID) of two sets of features, and its standard deviation.

    The unbiased squared maximum mean discrepancy by the kernel ``(x.y / d + 1)^3``,
    averaged over random subsets: Binkowski et al. 2018, "Demystifying MMD GANs".

    Args:
        one: ``(n, d)``, at least two rows.
        other: ``(m, d)``, at least two rows.
        seed: Of the subsets.
    """
    random = np.random.default_rng(seed)
    size = max(2, min(SUBSET, len(one) // 2, len(other) // 2))
    found = [
        _discrepancy(
            one[random.choice(len(one), size, replace=False)].astype(np.float64),
            other[random.choice(len(other), size, replace=False)].astype(np.float64),
        )
        for _ in range(SUBSETS)
    ]
    return float(np.mean(found)), float(np.std(found))


def _discrepancy(one: np.ndarray, other: np.ndarray) -> float:
    n = len(one)
    within = _kernel(one, one), _kernel(other, other)
    sums = sum((kernel.sum() - np.trace(kernel)) / (n * (n - 1)) for kernel in within)
    return float(sums - 2 * _kernel(one, other).mean())


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    base: np.ndarray = one @ other.T / one.shape[1] + 1
    cubes: np.ndarray = base * base * base  # a power takes five times as long
    return cubes


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root
